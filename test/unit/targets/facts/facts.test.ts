/** What real phones print, of several makers and ages. */
import { describe, expect, it } from "vitest";
import { parseBattery } from "../../../../electron/targets/facts/battery.js";
import { parseCores } from "../../../../electron/targets/facts/cores.js";
import { parseCpuInfo } from "../../../../electron/targets/facts/cpuinfo.js";
import { parseDf } from "../../../../electron/targets/facts/df.js";
import { parseMemInfo } from "../../../../electron/targets/facts/meminfo.js";
import { npuOf } from "../../../../electron/targets/facts/npu.js";
import { parseThermal } from "../../../../electron/targets/facts/thermal.js";

describe("parseCpuInfo", () => {
  it("reads an arm64 phone: what every core has", () => {
    const text = `processor\t: 0
BogoMIPS\t: 38.40
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma lrcpc dcpop sha3 asimddp sha512 i8mm bf16
CPU implementer\t: 0x41
CPU part\t: 0xd80

processor\t: 7
Features\t: fp asimd asimdhp asimddp i8mm sve2
CPU implementer\t: 0x41

Hardware\t: Qualcomm Technologies, Inc SM8650
`;
    const { features, name } = parseCpuInfo(text);
    expect(features).toEqual(["asimd", "asimddp", "asimdhp", "fp", "i8mm"]);
    expect(name).toBe("Qualcomm Technologies, Inc SM8650");
  });

  it("reads an x86 computer", () => {
    const text = "processor\t: 0\nmodel name\t: AMD EPYC 9354\nflags\t\t: fpu avx2 avx512_vnni\nbugs\t\t: spectre_v1\n";
    expect(parseCpuInfo(text)).toEqual({ features: ["avx2", "avx512_vnni", "fpu"], name: "AMD EPYC 9354" });
  });

  it("reads nothing from nothing, and no more than words from a hostile file", () => {
    expect(parseCpuInfo("")).toEqual({ features: [], name: null });
    expect(parseCpuInfo("cat: /proc/cpuinfo: Permission denied\n")).toEqual({ features: [], name: null });
    expect(parseCpuInfo("flags : ok $(rm) ; x'y " + "z".repeat(99)).features).toEqual(["ok"]);
  });
});

describe("parseCores", () => {
  it("sorts cores and converts kHz", () => {
    expect(parseCores("cpu0 2265600\ncpu1\ncpu10 3302400\ncpu7 3148800\ncpufreq\ncpu* \n")).toEqual([
      { id: 0, maxMhz: 2266 },
      { id: 1, maxMhz: null },
      { id: 7, maxMhz: 3149 },
      { id: 10, maxMhz: 3302 },
    ]);
  });
});

describe("parseMemInfo", () => {
  it("reads bytes", () => {
    const text = "MemTotal:       11587848 kB\nMemFree:          412336 kB\nMemAvailable:    5261632 kB\n";
    expect(parseMemInfo(text)).toEqual({ totalBytes: 11587848 * 1024, availableBytes: 5261632 * 1024 });
    expect(parseMemInfo("")).toEqual({ totalBytes: null, availableBytes: null });
  });
});

describe("parseDf", () => {
  it.each([
    [
      "toybox (Pixel 8, Android 15)",
      "Filesystem      1K-blocks     Used Available Use% Mounted on\n/dev/block/dm-60 113884156 41287468  72465616  37% /data\n",
      [113884156, 72465616],
    ],
    [
      "a long name on its own line",
      "Filesystem                1K-blocks     Used Available Use% Mounted on\n/dev/block/by-name/userdata-with-a-long-name\n 113884156 41287468 72465616 37% /data/user/0\n",
      [113884156, 72465616],
    ],
    [
      "coreutils",
      "Filesystem     1K-blocks     Used Available Use% Mounted on\noverlay         263174212 31000000  80000000  29% /\n",
      [263174212, 80000000],
    ],
    [
      "toolbox (Android 5)",
      "Filesystem               Size     Used     Free   Blksize\n/data/local/tmp         12.5G     4.5G     8.0G   4096\n",
      [12.5 * 1048576, 8 * 1048576],
    ],
  ])("reads %s", (_, text, [total, free]) => {
    expect(parseDf(text)).toEqual({ totalBytes: total! * 1024, freeBytes: free! * 1024 });
  });

  it.each(["", "df: /data/local/tmp: Permission denied\n", "Filesystem 1K-blocks\n/dev/x - - - - /\n"])(
    "gives null for %j",
    (text) => {
      expect(parseDf(text)).toBeNull();
    },
  );
});

const galaxy = `Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
  Dock powered: false
  Max charging current: 500000
  Max charging voltage: 5000000
  Charge counter: 3321000
  status: 2
  health: 2
  present: true
  level: 83
  scale: 100
  voltage: 4231
  temperature: 287
  technology: Li-ion
  batteryMiscEvent: 0
  mSavedBatteryAsoc: 98
`;

describe("parseBattery", () => {
  it("reads a Galaxy on USB", () => {
    const found = { volts: 4.231, amps: null, charging: true, percent: 83, celsius: 28.7 };
    expect(parseBattery(galaxy)).toEqual(found);
    expect(parseBattery(galaxy.replaceAll("\n", "\r\n"))).toEqual(found);
  });

  it("reads one that discharges in the cold, one that is full, one that says volts", () => {
    const cold = galaxy.replace("status: 2", "status: 3").replace("temperature: 287", "temperature: -35");
    expect(parseBattery(cold)).toMatchObject({ charging: false, celsius: -3.5 });
    expect(parseBattery(galaxy.replace("status: 2", "status: 5"))).toMatchObject({ charging: true });
    expect(parseBattery(galaxy.replace("voltage: 4231", "voltage: 4"))).toMatchObject({ volts: 4 });
    expect(parseBattery(galaxy.replace("scale: 100", "scale: 200"))).toMatchObject({ percent: 41.5 });
  });

  it("leaves out what is not told, and gives null for no battery", () => {
    const nothing = { volts: null, amps: null, charging: null, percent: 50, celsius: null };
    expect(parseBattery("  level: 50\n  voltage: unknown\n  voltage_now: 4\n")).toEqual(nothing);
    expect(parseBattery("Can't find service: battery\n")).toBeNull();
    expect(parseBattery("")).toBeNull();
  });
});

const pixel = `IsStatusOverride: false
ThermalEventListeners:
	callbacks: 2
	killed: false
Thermal Status: 0
Cached temperatures:
	Temperature{mValue=99.0, mType=3, mName=VIRTUAL-SKIN, mStatus=0}
HAL Ready: true
HAL connection:
	ThermalHAL AIDL 2  connected: yes
Current temperatures from HAL:
	Temperature{mValue=31.245998, mType=3, mName=VIRTUAL-SKIN, mStatus=0}
	Temperature{mValue=44.5, mType=0, mName=BIG, mStatus=0}
	Temperature{mValue=-1.2E-3, mType=2, mName=battery, mStatus=0}
	Temperature{mValue=NaN, mType=9, mName=TPU, mStatus=0}
Current cooling devices from HAL:
	CoolingDevice{mValue=0, mType=2, mName=thermal-cpufreq-0}
Temperature static thresholds from HAL:
	TemperatureThreshold{mType=3, mName=VIRTUAL-SKIN, mHotThrottlingThresholds=[NaN, 39.0]}
`;

describe("parseThermal", () => {
  it("reads a Pixel: the current temperatures, not the cached ones", () => {
    expect(parseThermal(pixel)).toEqual({
      status: "none",
      temps: [
        { zone: "VIRTUAL-SKIN", celsius: 31.245998 },
        { zone: "BIG", celsius: 44.5 },
        { zone: "battery", celsius: -0.0012 },
      ],
    });
  });

  it("reads a Xiaomi without current ones, and a phone that throttles", () => {
    const text =
      "Thermal Status: 3\nCached temperatures:\n Temperature{mValue=47.1, mType=3, mName=skin, mStatus=3}\nHAL Ready: true\n";
    expect(parseThermal(text)).toEqual({ status: "severe", temps: [{ zone: "skin", celsius: 47.1 }] });
  });

  it("gives null where there is no such service", () => {
    expect(parseThermal("Can't find service: thermalservice\n")).toBeNull();
    expect(parseThermal("")).toBeNull();
  });
});

describe("npuOf", () => {
  it.each([
    ["QTI SM8650", "Hexagon V75"],
    ["sm8550-ac", "Hexagon V73"],
    ["Google Tensor G4", null],
    [null, null],
  ])("%s has %s", (soc, npu) => {
    expect(npuOf(soc)).toBe(npu);
  });
});

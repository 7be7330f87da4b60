/** What a virtual phone says about itself: Android's getprop and dumpsys, /proc/cpuinfo, and a small /sys. */
import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { harnessFolder } from "./host.js";
import type { Machine } from "./machine.js";

export type PhoneAbi = "x86_64" | "arm64-v8a";

export interface Battery {
  percent: number;
  celsius: number;
  volts: number;
  amps: number; // negative: out of the battery
  charging: boolean; // by the USB cable
}

export interface Facts {
  abi: PhoneAbi;
  properties: Record<string, string>;
  battery: Battery;
  /** 0 none, 1 light, 2 moderate, 3 severe, ... as Android's thermal service counts. */
  thermalStatus: number;
  /** Celsius by zone. */
  zones: Record<string, number>;
  /** /sys/class/power_supply and thermal are readable, as on few phones; else only dumpsys answers. */
  sysReadable: boolean;
}

export function defaultFacts(abi: PhoneAbi): Facts {
  const arm = abi === "arm64-v8a";
  return {
    abi,
    properties: {
      "ro.product.cpu.abi": abi,
      "ro.product.cpu.abilist": arm ? "arm64-v8a,armeabi-v7a" : "x86_64,x86",
      "ro.product.manufacturer": "Phonon",
      "ro.product.brand": "phonon",
      "ro.product.model": arm ? "Virtual Arm" : "Virtual x86",
      "ro.product.device": arm ? "virtual_arm" : "virtual_x86",
      "ro.product.name": arm ? "virtual_arm" : "virtual_x86",
      "ro.soc.manufacturer": arm ? "QTI" : "Intel",
      "ro.soc.model": arm ? "SM8650" : "VX86",
      "ro.board.platform": arm ? "pineapple" : "vx86",
      "ro.hardware": arm ? "qcom" : "vx86",
      "ro.build.version.release": "15",
      "ro.build.version.sdk": "35",
      "ro.build.version.security_patch": "2026-09-01",
      "ro.build.fingerprint": `phonon/virtual/${abi}:15/TEST/1:user/release-keys`,
      "sys.boot_completed": "1",
    },
    battery: { percent: 84, celsius: 29.1, volts: 4.102, amps: -0.35, charging: true },
    thermalStatus: 0,
    zones: { "cpu-0-0": 44.5, "cpuss-0": 43, skin: 31.2, battery: 29.1 },
    sysReadable: !arm,
  };
}

/** Writes all of it into a running phone. */
export function writeFacts(machine: Machine, facts: Facts): void {
  const at = (path: string): string => machine.path(path);
  for (const command of ["getprop", "setprop", "dumpsys"]) {
    writeFile(at(`/usr/bin/${command}`), readFileSync(join(harnessFolder, "android", command), "utf8"));
    chmodSync(at(`/usr/bin/${command}`), 0o755);
  }
  const properties = Object.entries(facts.properties).map(([name, value]) => `${name}=${value}\n`);
  writeFile(at("/etc/phone/properties"), properties.join(""));
  writeFile(at("/etc/phone/dumpsys/battery"), dumpsysBattery(facts.battery));
  writeFile(at("/etc/phone/dumpsys/thermalservice"), dumpsysThermal(facts));
  if (facts.abi === "arm64-v8a") writeFile(at("/etc/phone/cpuinfo"), snapdragonCpuinfo());
  writeSys(at("/sys"), facts);
}

/** A number of its own for each boot, as a phone has. */
export function writeBootId(machine: Machine): void {
  writeFile(machine.path("/etc/phone/boot_id"), `${randomUUID()}\n`);
}

function writeFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function dumpsysBattery(b: Battery): string {
  const rows = {
    "AC powered": false,
    "USB powered": b.charging,
    "Wireless powered": false,
    "Max charging current": b.charging ? 500000 : 0, // microamperes
    status: b.charging ? 2 : 3, // BatteryManager: charging, discharging
    health: 2,
    present: true,
    level: b.percent,
    scale: 100,
    voltage: Math.round(b.volts * 1000),
    temperature: Math.round(b.celsius * 10),
    technology: "Li-ion",
  };
  const lines = Object.entries(rows).map(([name, value]) => `  ${name}: ${value}`);
  return `Current Battery Service state:\n${lines.join("\n")}\n`;
}

function dumpsysThermal({ thermalStatus, zones }: Facts): string {
  // Types as in android.hardware.thermal: 0 CPU, 2 battery, 3 skin.
  const type = (zone: string): number => (zone === "skin" ? 3 : zone === "battery" ? 2 : 0);
  const rows = Object.entries(zones).map(
    ([zone, celsius]) =>
      `\tTemperature{mValue=${celsius}, mType=${type(zone)}, mName=${zone}, mStatus=${thermalStatus}}`,
  );
  return [
    "IsStatusOverride: false",
    `Thermal Status: ${thermalStatus}`,
    "Cached temperatures:",
    ...rows,
    "HAL Ready: true",
    "Current temperatures from HAL:",
    ...rows,
    "",
  ].join("\n");
}

/** As many cores as this machine has (threads are really pinned to them), half of them little. */
const cores = cpus().map((_, id) => ({ id, big: id >= Math.floor(cpus().length / 2) }));

function snapdragonCpuinfo(): string {
  const features =
    "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp i8mm bf16";
  const blocks = cores.map(({ id, big }) =>
    [
      `processor\t: ${id}`,
      "BogoMIPS\t: 38.40",
      `Features\t: ${features}`,
      "CPU implementer\t: 0x41",
      "CPU architecture: 8",
      "CPU variant\t: 0x0",
      `CPU part\t: ${big ? "0xd82" : "0xd80"}`, // Cortex-X4, Cortex-A520
      "CPU revision\t: 1",
      "",
    ].join("\n"),
  );
  return `${blocks.join("\n")}\nHardware\t: Qualcomm Technologies, Inc SM8650\n`;
}

function writeSys(root: string, { abi, zones, battery, sysReadable }: Facts): void {
  const put = (path: string, value: string | number): void => writeFile(join(root, path), `${value}\n`);
  const list = cores.length === 1 ? "0" : `0-${cores.length - 1}`;
  for (const name of ["online", "possible", "present"]) put(`devices/system/cpu/${name}`, list);
  for (const { id, big } of cores) {
    const cpu = `devices/system/cpu/cpu${id}`;
    const fast = big || abi === "x86_64";
    put(`${cpu}/cpufreq/cpuinfo_max_freq`, fast ? 3_302_400 : 2_265_600); // kHz
    put(`${cpu}/cpufreq/scaling_cur_freq`, fast ? 2_900_000 : 1_804_800);
    put(`${cpu}/cpufreq/scaling_governor`, "walt");
    put(`${cpu}/cpu_capacity`, fast ? 1024 : 390);
    put(`${cpu}/topology/core_id`, id);
    put(`${cpu}/topology/physical_package_id`, 0);
  }
  if (!sysReadable) return;
  Object.entries(zones).forEach(([zone, celsius], index) => {
    put(`class/thermal/thermal_zone${index}/type`, zone);
    put(`class/thermal/thermal_zone${index}/temp`, Math.round(celsius * 1000));
  });
  const supply = "class/power_supply/battery";
  put(`${supply}/type`, "Battery");
  put(`${supply}/status`, battery.charging ? "Charging" : "Discharging");
  put(`${supply}/capacity`, battery.percent);
  put(`${supply}/voltage_now`, Math.round(battery.volts * 1e6)); // microvolts, microamperes, tenths of a degree
  put(`${supply}/current_now`, Math.round(battery.amps * 1e6));
  put(`${supply}/temp`, Math.round(battery.celsius * 10));
}

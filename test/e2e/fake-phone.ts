/** What a made-up phone answers when it is asked for its facts. */
import type { FakeAdb } from "../unit/targets/fake-adb.js";

export function describePhone(adb: FakeAdb, model: string, batteryPercent: number): void {
  const properties = { "ro.product.cpu.abi": "arm64-v8a", "ro.product.model": model, "ro.soc.model": "SM8650" };
  const lines = Object.entries(properties).map(([name, value]) => `phonon-property:${name}\n${value}\n`);
  const battery = `  level: ${batteryPercent}\n  scale: 100\n  status: 3\n  temperature: 291\n  voltage: 3801\n`;
  adb.commands.set("getprop", lines.join(""));
  adb.commands.set("cat /proc/cpuinfo", "Features : asimddp asimdhp i8mm\n");
  adb.commands.set("cpuinfo_max_freq", "cpu0 2265600\ncpu1 2265600\ncpu2 3148800\ncpu3 3302400\n");
  adb.commands.set("cat /proc/meminfo", "MemTotal: 11587848 kB\nMemAvailable: 5261632 kB\n");
  adb.commands.set(
    "df -k",
    "Filesystem 1K-blocks Used Available Use% Mounted\n/dev/x 234000000 120000000 114000000 52% /data\n",
  );
  adb.commands.set("dumpsys battery", battery);
  adb.commands.set("dumpsys thermalservice", "Thermal Status: 0\n");
  adb.commands.set("uname -sr", "Linux 6.1.25-android14\n");
}

/** What Linux tells of this computer. */
import { readFile, readdir, statfs } from "node:fs/promises";
import { homedir, hostname, release as kernelRelease, totalmem } from "node:os";
import { join } from "node:path";
import { hostAbi } from "../agent/builds.js";
import type { Battery } from "../agent/messages.js";
import { classify } from "./facts/core-classes.js";
import { parseCores, type Core } from "./facts/cores.js";
import { parseCpuInfo, type CpuInfo } from "./facts/cpuinfo.js";
import { parseMemInfo } from "./facts/meminfo.js";
import type { DeviceReport } from "./target.js";

export async function readCpu(): Promise<CpuInfo> {
  return parseCpuInfo(await readFile("/proc/cpuinfo", "utf-8"));
}

export async function readCores(): Promise<Core[]> {
  const folder = "/sys/devices/system/cpu";
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^cpu\d+$/.test(name));
  const lines = names.map(async (name) => {
    const clock = await readText(join(folder, name, "cpufreq/cpuinfo_max_freq"));
    return `${name} ${clock}`.trim();
  });
  return parseCores((await Promise.all(lines)).join("\n"));
}

/** The battery that this computer runs on, not one of a mouse; null: it has none. */
export async function readLocalBattery(folder = "/sys/class/power_supply"): Promise<Battery | null> {
  for (const name of await readdir(folder).catch(() => [])) {
    const read = (file: string): Promise<string> => readText(join(folder, name, file));
    if ((await read("type")) !== "Battery" || (await read("scope")) === "Device") continue;
    const micro = (text: string): number | null => (/^-?\d{1,12}$/.test(text) ? Number(text) / 1e6 : null);
    const capacity = await read("capacity");
    return {
      volts: micro(await read("voltage_now")),
      amps: micro(await read("current_now")),
      charging: (await read("status")) !== "Discharging",
      percent: /^\d{1,3}$/.test(capacity) ? Number(capacity) : null,
      celsius: null,
    };
  }
  return null;
}

export async function readLocalReport(): Promise<Omit<DeviceReport, "target">> {
  const [cpu, cores, meminfo, disk, battery] = await Promise.all([
    readCpu(),
    readCores(),
    readText("/proc/meminfo"),
    statfs(homedir()).catch(() => null),
    readLocalBattery(),
  ]);
  const memory = parseMemInfo(meminfo);
  return {
    ...{ name: `This computer (${hostname()})`, abi: hostAbi(), soc: cpu.name, os: null, npu: null },
    kernel: `Linux ${kernelRelease()}`,
    cores: classify(cores),
    features: cpu.features,
    memory: { ...memory, totalBytes: memory.totalBytes ?? totalmem() },
    storage: {
      path: homedir(),
      totalBytes: disk && disk.blocks * disk.bsize,
      freeBytes: disk && disk.bavail * disk.bsize,
    },
    ...{ battery, temps: [], throttling: null },
  };
}

const readText = (path: string): Promise<string> =>
  readFile(path, "utf-8").then(
    (text) => text.trim(),
    () => "",
  );

/** What can be learnt of a phone through its shell. A fact that it does not tell is null. */
import { parseBattery } from "../facts/battery.js";
import { parseCores } from "../facts/cores.js";
import type { Core } from "../facts/cores.js";
import { parseCpuInfo } from "../facts/cpuinfo.js";
import type { CpuInfo } from "../facts/cpuinfo.js";
import { parseDf } from "../facts/df.js";
import type { DiskSpace } from "../facts/df.js";
import { parseMemInfo } from "../facts/meminfo.js";
import { parseThermal } from "../facts/thermal.js";
import type { ThermalReport } from "../facts/thermal.js";
import type { Battery } from "../../agent/messages.js";
import { run } from "./exec.js";
import { writable } from "./paths.js";
import { readProperties } from "./properties.js";
import type { Properties } from "./properties.js";
import { sh } from "./shell-text.js";

/** What stays the same while a phone is plugged in. */
export interface Facts {
  properties: Properties;
  cpu: CpuInfo;
  cores: Core[];
  memoryBytes: number | null;
}

const ms = 10_000;

export async function readFacts(serial: string, signal?: AbortSignal): Promise<Facts> {
  const output = async (what: string, command: ReturnType<typeof sh>): Promise<string> =>
    (await run(serial, command, { what, ms, signal })).output;
  const [properties, cpuinfo, cores, meminfo] = await Promise.all([
    readProperties(serial, signal),
    output("Reading /proc/cpuinfo", sh`cat /proc/cpuinfo`),
    output("Reading clocks", coresCommand),
    output("Reading /proc/meminfo", sh`cat /proc/meminfo`),
  ]);
  return {
    properties,
    cpu: parseCpuInfo(cpuinfo),
    cores: parseCores(cores),
    memoryBytes: parseMemInfo(meminfo).totalBytes,
  };
}

/** A line "cpu0 2841600" per core, without the number where the clock is not told. */
const coresCommand = sh`cd /sys/devices/system/cpu && for c in cpu[0-9]*; do
  f=; read f 2>/dev/null <$c/cpufreq/cpuinfo_max_freq; echo $c $f
done`;

export async function readSpace(serial: string, signal?: AbortSignal): Promise<DiskSpace | null> {
  return parseDf((await run(serial, sh`df -k ${writable}`, { what: "Asking for free space", ms, signal })).output);
}

export async function readBattery(serial: string, signal?: AbortSignal): Promise<Battery | null> {
  const { status, output } = await run(serial, sh`dumpsys battery`, { what: "Reading the battery", ms, signal });
  return status === 0 ? parseBattery(output) : null;
}

export async function readThermal(serial: string, signal?: AbortSignal): Promise<ThermalReport | null> {
  const operation = { what: "Reading temperatures", ms, signal };
  const { status, output } = await run(serial, sh`dumpsys thermalservice`, operation);
  return status === 0 ? parseThermal(output) : null;
}

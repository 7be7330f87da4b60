/** What a phone tells of itself at this moment, through its shell: no agent is brought there. */
import { classify } from "../facts/core-classes.js";
import { parseMemInfo } from "../facts/meminfo.js";
import type { DeviceReport } from "../target.js";
import { run } from "./exec.js";
import { readBattery, readFacts, readSpace, readThermal } from "./facts.js";
import { describe } from "./info.js";
import { writable } from "./paths.js";
import { sh } from "./shell-text.js";

const ms = 10_000;

export async function readReport(serial: string, signal?: AbortSignal): Promise<Omit<DeviceReport, "target">> {
  const [facts, space, meminfo, uname, battery, thermal] = await Promise.all([
    readFacts(serial, signal),
    readSpace(serial, signal),
    run(serial, sh`cat /proc/meminfo`, { what: "Reading /proc/meminfo", ms, signal }),
    run(serial, sh`uname -sr`, { what: "Asking for the kernel", ms, signal }),
    readBattery(serial, signal),
    readThermal(serial, signal),
  ]);
  const { name, abi, soc, os, npu } = describe(facts);
  return {
    ...{ name: name ?? serial, abi, soc, os, npu },
    kernel: uname.status === 0 ? (/^[ -~]{1,128}$/.exec(uname.output.trim())?.[0] ?? null) : null,
    cores: classify(facts.cores),
    features: facts.cpu.features,
    memory: parseMemInfo(meminfo.output),
    storage: { path: writable, totalBytes: space?.totalBytes ?? null, freeBytes: space?.freeBytes ?? null },
    battery,
    temps: thermal?.temps ?? [],
    throttling: thermal?.status ?? null,
  };
}

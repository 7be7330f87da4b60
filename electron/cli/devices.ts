import type { Command } from "commander";
import type { TargetInfo } from "../targets/target.js";
import type { CommandContext } from "./context.js";
import { bytes, table } from "./units.js";

export function addDevices(program: Command, { terminal }: CommandContext): void {
  program
    .command("devices")
    .description("list where a run can take place: this computer and phones over adb")
    .option("--json", "print one JSON object")
    .action(async ({ json }: { json?: true }) => {
      const { surveyTargets } = await import("../targets/index.js"); // with all of adb, which few commands need
      const { targets, adbProblem } = await surveyTargets();
      if (adbProblem) terminal.warn(`no phones: ${adbProblem.message}`);
      if (json) terminal.json({ targets: targets.map(toJson) });
      else terminal.text(`${describe(targets)}\n`);
    });
}

const toJson = (t: TargetInfo) => ({
  id: t.id,
  kind: t.kind,
  state: t.state,
  name: t.name,
  remedy: t.remedy,
  abi: t.abi,
  soc: t.soc,
  os: t.os,
  memory_bytes: t.memoryBytes,
  storage_free_bytes: t.storageFreeBytes,
  npu: t.npu,
  cores: t.cores.map((core) => ({ id: core.id, max_mhz: core.maxMhz })),
});

function describe(targets: readonly TargetInfo[]): string {
  const head = ["TARGET", "STATE", "NAME", "ABI", "SOC", "CORES", "MEMORY", "FREE", "NPU"];
  const rows = targets.map((t) => [
    t.id,
    t.state,
    t.name,
    t.abi ?? "-",
    t.soc ?? "-",
    String(t.cores.length || "-"),
    bytes(t.memoryBytes),
    bytes(t.storageFreeBytes),
    t.npu ?? "-",
  ]);
  const remedies = targets.flatMap((t) => (t.remedy === null ? [] : [`${t.id}: ${t.remedy}`]));
  return [table([head, ...rows]), ...remedies].join("\n");
}

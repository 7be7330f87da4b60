import type { Command } from "commander";
import { findRun, listRuns, type RunListing } from "../store/index.js";
import type { CommandContext } from "./context.js";
import { summaryTable } from "./report.js";
import { speed, table } from "./units.js";
import { integer } from "./values.js";

export function addRuns(program: Command, { terminal }: CommandContext): void {
  program
    .command("runs")
    .description("list the runs that were kept, newest first, or show one")
    .argument("[run]", 'the beginning of a run\'s name, or "latest"')
    .option("--limit <n>", "show the newest n", integer(1))
    .option("--json", "print one JSON object")
    .action(async (prefix: string | undefined, { limit, json }: { limit?: number; json?: true }) => {
      if (prefix !== undefined) {
        const { summary } = await findRun(prefix);
        if (json) terminal.json(summary);
        else terminal.text(`${summaryTable(summary)}\n${summary.text}\n`);
        return;
      }
      const runs = await listRuns(limit);
      if (json) terminal.json({ runs: runs.map(toJson) });
      else terminal.text(`${describe(runs)}\n`);
    });
}

const toJson = (r: RunListing) => ({
  run_id: r.runId,
  run_dir: r.runDir,
  started_at: r.startedAt,
  engine: r.engine,
  target: r.target,
  model: r.model,
  status: r.status,
  decode_tps: r.decodeTps,
  prefill_tps: r.prefillTps,
  problem: r.problem,
});

function describe(runs: readonly RunListing[]): string {
  if (runs.length === 0) return 'no runs yet; "phonon run" makes one';
  const head = ["RUN", "STARTED", "ENGINE", "TARGET", "STATUS", "DECODE", "PREFILL", "MODEL"];
  const rows = runs.map((r) => [
    r.runId,
    r.startedAt.slice(0, 19).replace("T", " "),
    r.engine,
    r.target,
    r.status,
    speed(r.decodeTps),
    speed(r.prefillTps),
    r.problem ?? r.model,
  ]);
  return table([head, ...rows]);
}

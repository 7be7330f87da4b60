import type { Command } from "commander";
import { PhononError } from "../base/errors.js";
import { deleteRuns, findRun, findRunId, queryRuns, type RunListing, type RunQuery } from "../store/index.js";
import { LISTED_STATUSES, type SortKey } from "../store/query.js";
import type { CommandContext } from "./context.js";
import { summaryTable } from "./report.js";
import type { Terminal } from "./terminal.js";
import { plain, speed, table } from "./units.js";
import { integer, oneOf } from "./values.js";

const SORTS = {
  started: "startedAt",
  engine: "engine",
  target: "target",
  model: "model",
  status: "status",
  tokens: "outputTokens",
  ttft: "ttftMs",
  prefill: "prefillTps",
  decode: "decodeTps",
  memory: "peakBytes",
} as const satisfies Record<string, SortKey>;

const SORT_NAMES = Object.keys(SORTS) as (keyof typeof SORTS)[];

interface RunsOptions extends Pick<RunQuery, "text" | "engine" | "target" | "status"> {
  sort: keyof typeof SORTS;
  reverse?: true;
  limit?: number;
  delete?: string[];
  json?: true;
}

export function addRuns(program: Command, { terminal }: CommandContext): void {
  program
    .command("runs")
    .description("list the runs that were kept, newest first, show one, or delete some")
    .argument("[run]", 'the beginning of a run\'s name, or "latest"')
    .option("--text <words>", "those in whose names every word occurs")
    .option("--engine <name>", "those of one engine")
    .option("--target <id>", "those on one target")
    .option("--status <name>", LISTED_STATUSES.join(", "), oneOf(LISTED_STATUSES))
    .option("--sort <column>", `${SORT_NAMES.join(", ")}; the newest or largest first`, oneOf(SORT_NAMES), "started")
    .option("--reverse", "the oldest or smallest first")
    .option("--limit <n>", "show the first n", integer(1))
    .option("--delete <run...>", "delete these runs")
    .option("--json", "print one JSON object")
    .action(async (prefix: string | undefined, options: RunsOptions) => {
      if (options.delete && prefix !== undefined) {
        throw new PhononError("bad_request", "--delete takes the runs' names itself; a run before it is shown.");
      }
      if (options.delete) await remove(options.delete, options, terminal);
      else if (prefix === undefined) await list(options, terminal);
      else await show(prefix, options, terminal);
    });
}

async function list(options: RunsOptions, terminal: Terminal): Promise<void> {
  const { text, engine, target, status, sort, reverse, limit, json } = options;
  const { rows } = await queryRuns({
    ...(text !== undefined && { text }),
    ...(engine !== undefined && { engine }),
    ...(target !== undefined && { target }),
    ...(status !== undefined && { status }),
    sort: { by: SORTS[sort], descending: reverse !== true },
    limit: limit ?? Number.MAX_SAFE_INTEGER,
  });
  if (json) terminal.json({ runs: rows.map(toJson) });
  else terminal.text(`${describe(rows)}\n`);
}

async function show(prefix: string, { json }: RunsOptions, terminal: Terminal): Promise<void> {
  const { summary } = await findRun(prefix);
  if (json) terminal.json(summary);
  else terminal.text(`${summaryTable(summary)}\n${summary.text}\n`);
}

async function remove(prefixes: readonly string[], { json }: RunsOptions, terminal: Terminal): Promise<void> {
  const runIds = await Promise.all(prefixes.map(findRunId));
  await deleteRuns(runIds);
  if (json) terminal.json({ deleted: runIds });
  else terminal.say(`deleted: ${runIds.join(", ")}`);
}

const toJson = (r: RunListing) => ({
  run_id: r.runId,
  run_dir: r.runDir,
  started_at: r.startedAt,
  engine: r.engine,
  target: r.target,
  model: r.model,
  comparison: r.comparison,
  status: r.status,
  threads: r.threads,
  prompt_tokens: r.promptTokens,
  output_tokens: r.outputTokens,
  ttft_ms: r.ttftMs,
  prefill_tps: r.prefillTps,
  decode_tps: r.decodeTps,
  peak_bytes: r.peakBytes,
  problem: r.problem,
});

function describe(runs: readonly RunListing[]): string {
  if (runs.length === 0) return 'no runs; "phonon run" makes one';
  const head = ["RUN", "STARTED", "ENGINE", "TARGET", "STATUS", "DECODE", "PREFILL", "MODEL"];
  const rows = runs.map((r) => [
    r.runId,
    plain(r.startedAt.slice(0, 19).replace("T", " ")),
    plain(r.engine),
    plain(r.target),
    r.status,
    speed(r.decodeTps),
    speed(r.prefillTps),
    plain(r.problem ?? r.model),
  ]);
  return table([head, ...rows]);
}

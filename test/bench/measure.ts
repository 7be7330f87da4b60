/** One row of the benchmark, from its definition to its figures. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentBinary } from "../../electron/agent/builds.js";
import { spreadOf, type Ratio, type Spread } from "../../electron/runs/statistics.js";
import { agentContender } from "./agent-contender.js";
import type { Contender } from "./contender.js";
import type { Streamed } from "./flash-figures.js";
import { againstStrongest, interleave, type Measured } from "./interleave.js";
import { llamaBenchContender } from "./llama-bench-contender.js";
import type { Row, SpeedRow, StartRow, TelemetryRow } from "./rows.js";

/** A row's figure: a ratio, a spread over rounds, or one number. */
interface Figures {
  unit: string;
  ratio?: Ratio & { against: string };
  value?: Spread;
  count?: number;
  notes?: string[];
  reached: boolean;
}

/** `absent`: why there is none. */
export type Outcome = Figures | { absent: string };

export interface RowResult extends Figures {
  name: string;
  what: string;
  goal: string;
  measured: { label: string; unit: string; values: number[]; spread: Spread }[];
  streamed?: Streamed[]; // what streaming took, of those that stream
  counts?: boolean; // false: the model is too easy for the row to say anything
  absent?: string; // why it was not measured
}

export interface BenchContext {
  rounds: number;
  /** The path of a synthetic model, written on first use. */
  modelPath(model: SpeedRow["model"]): Promise<string>;
  debian: string | null;
  onRound(row: Row, round: number): void;
}

export async function measureRow(row: Row, context: BenchContext): Promise<RowResult> {
  if (row.kind === "speed") return measureSpeed(row, context);
  return row.kind === "telemetry" ? measureTelemetry(row, context) : measureStart(row, context);
}

const withUnit = (measured: readonly Measured[], unit: string) => measured.map((m) => ({ ...m, unit }));

/** Opens contenders one by one; an error or the end of the work closes those that are open. */
async function withContenders<T>(
  makers: (() => Promise<Contender>)[],
  work: (c: Contender[]) => Promise<T>,
): Promise<T> {
  const open: Contender[] = [];
  try {
    for (const make of makers) open.push(await make());
    return await work(open);
  } finally {
    await Promise.all(open.map((contender) => contender.close()));
  }
}

async function measureSpeed(row: SpeedRow, context: BenchContext): Promise<RowResult> {
  const { work } = row;
  const files = [await context.modelPath(row.model)];
  if (row.baselineModel) files.push(await context.modelPath(row.baselineModel));
  const baselines = files.flatMap((model, i) => {
    const suffix =
      files.length > 1
        ? ` (${i === 0 ? row.model.synth.architecture : row.baselineModel?.synth.architecture} file)`
        : "";
    const { debian } = context;
    return [
      () => agentContender({ label: `llama.cpp${suffix}`, engine: "llama.cpp", model, work }),
      ...(debian
        ? [() => Promise.resolve(llamaBenchContender(`Debian llama-bench${suffix}`, debian, model, work))]
        : []),
    ];
  });
  const ours = () => agentContender({ label: "Phonon", engine: "phonon", model: files[0] ?? "", work });
  return withContenders([ours, ...baselines], async (contenders) => {
    const measured = await interleave(contenders, context.rounds, (round) => context.onRound(row, round));
    const { ratio, strongest } = againstStrongest(measured);
    const { name, what, goal } = row;
    return {
      name,
      what,
      unit: "x",
      goal: `>= ${goal}`,
      reached: ratio.ratio >= goal,
      ratio: { ...ratio, against: strongest },
      measured: withUnit(measured, "tokens/s"),
    };
  });
}

async function measureTelemetry(row: TelemetryRow, context: BenchContext): Promise<RowResult> {
  const model = await context.modelPath(row.model);
  const maker = (telemetry: boolean) => () =>
    agentContender({
      label: telemetry ? "with telemetry" : "without",
      engine: "phonon",
      model,
      work: row.work,
      telemetry,
    });
  return withContenders([maker(false), maker(true)], async (contenders) => {
    const measured = await interleave(contenders, context.rounds, (round) => context.onRound(row, round));
    const { ratio, strongest } = againstStrongest(measured);
    const percent = (r: number) => 100 * (r - 1);
    return {
      name: row.name,
      what: row.what,
      unit: "% slower",
      goal: `< ${row.goal} %`,
      reached: percent(ratio.ratio) < row.goal,
      ratio: {
        ratio: percent(ratio.ratio),
        ci95: [percent(ratio.ci95[0]), percent(ratio.ci95[1])],
        against: strongest,
      },
      measured: withUnit(measured, "tokens/s"),
    };
  });
}

async function measureStart(row: StartRow, context: BenchContext): Promise<RowResult> {
  const binary = agentBinary("x86_64", "phonon");
  const values: number[] = [];
  for (let round = 0; round < context.rounds + 1; round++) values.push(await startOnce(binary));
  values.shift(); // the first one reads the file from disk
  const spread = spreadOf(values);
  return {
    name: row.name,
    what: row.what,
    unit: "ms",
    goal: `< ${row.goal} ms`,
    reached: spread.median < row.goal,
    measured: [{ label: "phonon-agent", unit: "ms", values, spread }],
  };
}

/** Milliseconds from the process's start to its first line. */
async function startOnce(binary: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "phonon-bench-"));
  const begun = performance.now();
  const agent = spawn(binary, ["serve", "--socket", join(folder, "socket"), "--dir", folder], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  try {
    agent.stdin.write(`${"0".repeat(32)}\n`);
    await new Promise<void>((listening, failed) => {
      agent.stdout.once("data", () => listening());
      agent.once("exit", (code) =>
        failed(new Error(`${binary} ended with status ${code ?? "none"} before it listened`)),
      );
    });
    return performance.now() - begun;
  } finally {
    const ended = new Promise((done) => agent.once("close", done));
    agent.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

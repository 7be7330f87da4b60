/** Runs the contenders that some rows need, set by set, and makes the rows' results of what they measured. */
import { statSync } from "node:fs";
import type { HardwareProfile } from "../../electron/agent/messages.js";
import { PhononError } from "../../electron/base/errors.js";
import { pack } from "../../electron/runs/pack.js";
import { prepare, realWorld } from "../../electron/runs/prepare.js";
import { probe } from "../../electron/runs/probe.js";
import { measureRounds, type Contender, type Measured } from "../../electron/runs/rounds.js";
import { spreadOf } from "../../electron/runs/statistics.js";
import { newRunId, readProfile } from "../../electron/store/index.js";
import type { Progress } from "../../electron/targets/target.js";
import { Eta, type Turn } from "./eta.js";
import { contendersOf, SETS, type FlashContender, type FlashSet } from "./flash-contenders.js";
import { flashBound, LEAST_MISS_SHARE, speedsOf, streamedOf, type Streamed } from "./flash-figures.js";
import type { FlashRow } from "./flash-rows.js";
import type { FlashScale } from "./flash-scale.js";
import type { RowResult } from "./measure.js";
import type { BenchModel } from "./rows.js";

/** Seconds that a run takes beside decoding, and with a long prompt, until one has been seen. */
const GUESSED_AROUND_DECODE = 12;
const GUESSED_PREFILL = 20;

export interface FlashBench {
  rounds: number;
  scale: FlashScale;
  signal: AbortSignal;
  modelPath: (model: BenchModel) => Promise<string>;
  say: (line: string) => void; // what goes on
}

/** A set's contenders that some row needs, and the rows. */
interface Plan {
  set: FlashSet;
  rows: readonly FlashRow[];
  contenders: readonly FlashContender[];
  paths: ReadonlyMap<string, string>; // of models, by name
}

/** One set after the other; a row as soon as its set is through. Models and packs are made before anything is timed. */
export async function* measureFlash(rows: readonly FlashRow[], bench: FlashBench): AsyncGenerator<RowResult> {
  const plans: Plan[] = [];
  for (const set of SETS) {
    const mine = rows.filter((row) => row.set === set);
    if (mine.length > 0) plans.push(await planSet(set, mine, bench));
  }
  if (plans.length === 0) return;
  const profile = await deviceProfile(bench);
  const bound = (streamed: Streamed) => flashBound(profile, streamed);
  const eta = new Eta(
    plans.flatMap(({ set, contenders }) => contenders.map((one) => turnOf(set, one))),
    bench.rounds,
  );
  bench.say(`${bench.rounds} rounds: ${eta.inWords()}`);
  for (const plan of plans) {
    const measured = await measureSet(plan, bench, eta);
    for (const row of plan.rows) yield resultOf(row, measured, bench.scale, bound);
  }
}

const turnName = (set: FlashSet, name: string): string => `${set}: ${name}`;
const turnOf = (set: FlashSet, { name, request }: FlashContender): Turn => ({
  name: turnName(set, name),
  seconds: GUESSED_AROUND_DECODE + (request.seconds ?? GUESSED_PREFILL),
});

async function planSet(set: FlashSet, rows: readonly FlashRow[], bench: FlashBench): Promise<Plan> {
  const { scale } = bench;
  const needed = new Set(rows.flatMap(({ needs, tries = [] }) => [...needs, ...tries]));
  const paths = new Map<string, string>();
  const wanted = (sizes: (model: BenchModel) => number) =>
    contendersOf(set, scale, sizes).filter(({ name }) => needed.has(name));
  for (const { model } of wanted(() => scale.budgetBytes)) {
    if (!paths.has(model.name)) paths.set(model.name, await preparedModel(model, bench));
  }
  return { set, rows, paths, contenders: wanted(({ name }) => statSync(paths.get(name) ?? "").size) };
}

/** Where it lies, packed with its own options if it has some. */
async function preparedModel(model: BenchModel, { modelPath, signal, say }: FlashBench): Promise<string> {
  const path = await modelPath(model);
  if (!model.pack) return path;
  const request = { target: "local", model: path, ...model.pack };
  const hooks = { signal, onProgress: sayPacking(model.name, say) };
  await pack(request, hooks).catch((error: unknown) => {
    if (error instanceof PhononError && error.code === "pack_differs") return pack({ ...request, force: true }, hooks);
    throw error;
  });
  return path;
}

const sayPacking =
  (what: string, say: FlashBench["say"]) =>
  ({ phase, done, total }: Progress) => {
    if (phase === "packing") say(`${what}: packing, ${total > 0 ? 10 * Math.floor((10 * done) / total) : 0} %`);
  };

async function measureSet({ set, contenders: of, paths }: Plan, bench: FlashBench, eta: Eta): Promise<Measured[]> {
  const { rounds, signal, say } = bench;
  const contenders: Contender[] = [];
  for (const { name, model, request } of of) {
    contenders.push({
      name,
      prepared: await prepare({ ...request, model: paths.get(model.name) ?? "" }, realWorld, signal),
    });
  }
  const { measured } = await measureRounds(
    contenders,
    { id: `bench-${newRunId()}`, rounds, leaveOut: true },
    {
      signal,
      onStep: ({ what, name, round }) => {
        if (round !== null) eta.begins(turnName(set, name));
        const where = round === null ? "" : `round ${round + 1} of ${rounds}, `;
        say(`${set}: ${where}${what} ${name}; ${eta.inWords()}`);
      },
      onRound: (_round, _rounds, _summary, name) => eta.ends(turnName(set, name)),
      onFailure: (name) => eta.givesUp(turnName(set, name)),
      onProgress: sayPacking(set, say),
    },
  );
  return measured;
}

/** Measured once, before the first run: planned runs and the speed that flash alone would allow come from it. */
async function deviceProfile({ signal, say }: FlashBench): Promise<HardwareProfile> {
  const kept = await readProfile("local").catch(noProfile);
  if (kept) return kept.profile;
  return (
    await probe({ target: "local" }, { signal, onMeasurement: ({ what }) => say(`measuring this computer: ${what}`) })
  ).record.profile;
}

function noProfile(error: unknown): undefined {
  if (!(error instanceof PhononError)) throw error;
}

/** Whether a row says anything: a model whose neurons are nearly always cached proves nothing. */
export const counts = (streamed: readonly Streamed[]): boolean =>
  streamed.every(({ missShare }) => missShare >= LEAST_MISS_SHARE);

export function resultOf(
  { set, name, what, goal, needs, tries = [], resident = false, of, outcome }: FlashRow,
  measured: readonly Measured[],
  scale: FlashScale,
  bound: (streamed: Streamed) => number | null,
): RowResult {
  const find = (wanted: string) => measured.find((contender) => contender.name === wanted);
  const row = { name, what, goal, unit: "", reached: false, measured: [] };
  const missing = needs.filter((need) => !find(need));
  if (missing.length > 0) return { ...row, absent: `there is no ${missing.join(", ")} yet` };
  const needed = needs.flatMap((need) => find(need) ?? []);
  const failed = needed.find(({ failure }) => failure !== null);
  if (failed) return { ...row, absent: `${failed.name} failed: ${failed.failure?.message ?? ""}` };
  const tried = tries.flatMap((one) => find(one) ?? []);
  const there = [...needed, ...tried.filter(({ failure }) => failure === null)];
  const result = outcome(there, { scale });
  if ("absent" in result) return { ...row, ...result };
  const streamed = there.flatMap((contender) => streamedOf(contender) ?? []);
  // What is tried in more and in less memory shows few misses somewhere; what a row needs must not.
  const judged = streamed.filter(({ label }) => label.startsWith("phonon") && needs.includes(label));
  const worthIt = resident || counts(judged);
  const [ours] = judged;
  const allowed = ours && (set === "half-on-flash" || set === "silu") ? bound(ours) : null;
  return {
    ...row,
    ...result,
    reached: result.reached && worthIt,
    counts: worthIt,
    notes: [
      ...(result.notes ?? []),
      ...tried.flatMap(({ name: one, failure }) => (failure ? [`${one} failed: ${failure.code}`] : [])),
      ...(allowed === null ? [] : [`flash alone would allow Phonon ${allowed.toFixed(1)} tokens/s`]),
    ],
    streamed,
    measured: there.map((contender) => {
      const values = speedsOf(contender, of);
      return { label: contender.name, unit: "tokens/s", values, spread: spreadOf(values) };
    }),
  };
}

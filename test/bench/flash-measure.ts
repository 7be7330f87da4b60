/** Runs the contenders that some rows need, set by set, and makes the rows' results of what they measured. */
import { statSync } from "node:fs";
import type { HardwareProfile } from "../../electron/agent/messages.js";
import { PhononError } from "../../electron/base/errors.js";
import { ENGINES } from "../../electron/runs/config.js";
import { prepare, realWorld } from "../../electron/runs/prepare.js";
import { probe } from "../../electron/runs/probe.js";
import { measureRounds, type Contender, type Measured } from "../../electron/runs/rounds.js";
import { spreadOf } from "../../electron/runs/statistics.js";
import { newRunId, readProfile } from "../../electron/store/index.js";
import { contendersOf, SETS, type FlashSet } from "./flash-contenders.js";
import { flashBound, LEAST_MISS_SHARE, speedsOf, streamedOf, type Streamed } from "./flash-figures.js";
import type { FlashRow } from "./flash-rows.js";
import type { FlashScale } from "./flash-scale.js";
import type { RowResult } from "./measure.js";
import type { BenchModel } from "./rows.js";

export interface FlashBench {
  rounds: number;
  scale: FlashScale;
  signal: AbortSignal;
  modelPath: (model: BenchModel) => Promise<string>;
  say: (line: string) => void; // what goes on
}

/** One set after the other; a row as soon as its set is through. */
export async function* measureFlash(rows: readonly FlashRow[], bench: FlashBench): AsyncGenerator<RowResult> {
  for (const set of SETS) {
    const mine = rows.filter((row) => row.set === set);
    if (mine.length === 0) continue;
    const profile = await deviceProfile(bench);
    const measured = await measureSet(
      set,
      new Set(mine.flatMap(({ needs, tries = [] }) => [...needs, ...tries])),
      bench,
    );
    const bound = (streamed: Streamed) => flashBound(profile, streamed);
    for (const row of mine) yield resultOf(row, measured, bench.scale, bound);
  }
}

async function measureSet(set: FlashSet, needed: Set<string>, bench: FlashBench): Promise<Measured[]> {
  const { scale, rounds, signal, say } = bench;
  const paths = new Map<string, string>();
  for (const model of [scale.bamboo, scale.independent, scale.dense]) {
    const used = model !== scale.independent || set === "independent";
    if (used) paths.set(model.name, await bench.modelPath(model));
  }
  const pathOf = (model: BenchModel) => paths.get(model.name) ?? "";
  const contenders: Contender[] = [];
  for (const { name, model, request } of contendersOf(set, scale, (m) => statSync(pathOf(m)).size)) {
    const there = ENGINES.some((engine) => engine === (request.engine ?? "phonon"));
    if (!needed.has(name) || !there) continue;
    contenders.push({ name, prepared: await prepare({ ...request, model: pathOf(model) }, realWorld, signal) });
  }
  const { measured } = await measureRounds(
    contenders,
    { id: `bench-${newRunId()}`, rounds, leaveOut: true },
    {
      signal,
      onStep: ({ what, name, round }) =>
        say(`${set}: ${round === null ? "" : `round ${round + 1} of ${rounds}, `}${what} ${name}`),
      onProgress: ({ phase, done, total }) => {
        if (phase === "packing") say(`${set}: packing, ${total > 0 ? Math.floor((100 * done) / total) : 0} %`);
      },
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
  { set, name, what, goal, needs, tries = [], of, outcome }: FlashRow,
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
  const worthIt = counts(streamed.filter(({ label }) => label.startsWith("phonon") && needs.includes(label)));
  const ours = streamed.find(({ label }) => label === "phonon");
  const allowed = ours && (set === "bamboo" || set === "independent") ? bound(ours) : null;
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

/** Comparisons as the control side tells of them, and what a UI makes of one. */
import { useEffect, useReducer } from "react";
import { slotsOf } from "../../electron/ipc/compare-clock.js";
import type { ComparedEngine, ComparedRound, ComparisonState, Events, Pair } from "../../electron/ipc/contract.js";
import { useClient, useSelect } from "./context.js";
import { engineLabel } from "./engines.js";
import { digits } from "./format.js";
import { standing, type Slot } from "./work.js";

type Comparisons = readonly ComparisonState[] | null; // newest first; null: not known yet

export type CompareAction =
  | { type: "list"; list: ComparisonState[] }
  | { type: "progress"; progress: Events["compare.progress"] }
  | { type: "round"; round: Events["compare.round"] }
  | { type: "finished"; finished: Events["compare.finished"] };

export function reduceComparisons(all: Comparisons, action: CompareAction): Comparisons {
  if (action.type === "list") return action.list;
  const change = (id: string, next: (one: ComparisonState) => ComparisonState): Comparisons =>
    all?.map((one) => (one.id === id ? next(one) : one)) ?? null;
  switch (action.type) {
    case "progress": {
      const { id, ...progress } = action.progress;
      return change(id, (one) => (one.status === "running" ? { ...one, ...progress } : one));
    }
    case "round": {
      const { id, done } = action.round;
      const isNew = (one: ComparisonState): boolean => !one.done.some(({ runId }) => runId === done.runId);
      return change(id, (one) => (isNew(one) ? { ...one, done: [...one.done, done] } : one));
    }
    case "finished": {
      const { id, end } = action.finished;
      return change(id, (one) => ({ ...one, ...end, step: null, progress: null, etaSeconds: null }));
    }
  }
}

/** The control side's list, kept up to date; asked for anew after a lost connection. */
export function useComparisons(): { all: Comparisons; reload: () => void } {
  const client = useClient();
  const isOpen = useSelect((state) => state.connection === "open");
  const [all, dispatch] = useReducer(reduceComparisons, null);
  const [turn, reload] = useReducer((before: number) => before + 1, 0);

  useEffect(() => {
    const known = new Set<string>();
    const load = (): void => {
      client.call("compare.list", null).then(
        (list) => {
          list.forEach(({ id }) => known.add(id));
          dispatch({ type: "list", list });
        },
        () => undefined, // the connection is lost; what is shown stays
      );
    };
    /** One that was begun in another window is asked for. */
    const hear = (id: string, action: CompareAction): void => (known.has(id) ? dispatch(action) : load());
    const ends = [
      client.on("compare.progress", (progress) => hear(progress.id, { type: "progress", progress })),
      client.on("compare.round", (round) => hear(round.id, { type: "round", round })),
      client.on("compare.finished", (finished) => hear(finished.id, { type: "finished", finished })),
    ];
    if (isOpen) load();
    return () => ends.forEach((end) => end());
  }, [client, isOpen, turn]);
  return { all, reload };
}

/** Every run of a comparison, in its place. */
export function slotsIn({ engines, rounds, done, status }: ComparisonState): Slot[] {
  return slotsOf(engines, rounds).map((engine, place) => ({
    ...{ name: engineLabel(engine), engine },
    round: Math.floor(place / engines.length),
    state: place < done.length ? "done" : place === done.length && status === "running" ? "now" : "to come",
  }));
}

/** The rounds in which every engine has had its run. */
export const wholeRounds = ({ engines, rounds, done }: ComparisonState): number[] =>
  Array.from({ length: rounds }, (_, round) => round).filter((round) =>
    engines.every((engine) => done.some((one) => one.round === round && one.engine === engine)),
  );

export const stepInWords = (comparison: ComparisonState): string =>
  standing(comparison, engineLabel(comparison.step?.engine ?? ""));

/** "Phonon 0.1.0: avx2 kernels, 2 threads." */
export function madeWith({ engine, engineBuild, kernels, threads }: ComparedEngine): string {
  const name = [engineLabel(engine), engineBuild].filter((part) => part !== null).join(" ");
  return `${name}: ${kernels ?? "unknown"} kernels, ${threads ?? "?"} ${threads === 1 ? "thread" : "threads"}.`;
}

export type Speed = "decodeTps" | "prefillTps";

/** An engine's speeds in the rounds that have ended. */
export const speedsOf = (done: readonly ComparedRound[], engine: string, speed: Speed): number[] =>
  done.flatMap((round) => (round.engine === engine ? (round[speed] ?? []) : []));

const METRICS: Record<Pair["metric"], string> = { decode_tps: "decode", prefill_tps: "prefill" };

export interface VerdictInWords {
  headline: string; // "Phonon is faster"
  detail: string;
}

export function verdictInWords({ a, b, metric, verdict, ratio, ci95: [low, high] }: Pair): VerdictInWords {
  const [first, second] = [engineLabel(a), engineLabel(b)];
  const detail = `${first} has ${times(ratio)} the ${METRICS[metric]} speed of ${second}; 95 % interval ${times(low)} to ${times(high)}`;
  if (verdict === "not distinguishable") return { headline: "Not distinguishable", detail };
  return { headline: `${first} is ${verdict}`, detail };
}

/** Near 1 the third digit matters. */
export function times(ratio: number): string {
  if (ratio >= 10) return `${digits(ratio)}×`;
  if (ratio < 0.1) return `${ratio.toPrecision(2)}×`;
  return `${ratio.toFixed(Math.abs(ratio - 1) < 0.1 ? 3 : 2)}×`;
}

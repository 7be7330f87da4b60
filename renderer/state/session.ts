/**
 * Keeps the state in step with the control side: asks for what a fresh connection needs, follows the runs that are
 * shown, and catches up after a lost connection or a reload. Knows nothing of React.
 */
import type { Failure, RunFacts } from "../../electron/ipc/contract.js";
import { CallError, type PhononClient } from "../transport/client.js";
import { Batcher } from "./batcher.js";
import { historySession, type HistorySession } from "./history-session.js";
import type { RunView } from "./run-view.js";
import { requestOf } from "./setup.js";
import type { Action, LongWork, State } from "./state.js";
import { isRunning } from "./state.js";

const EVENTS_MS = 200; // between updates of text and figures
const EVENTS_A_TASK = 1024; // a long run that is opened comes all at once
const SHARE_A_TASK = 1 / 8; // of a longer queue, which would grow without end where news come faster than so many a task
const ELSEWHERE_MS = 3000; // between readings of a run that another program carries out

/** What is told of a run, in its order. */
type RunNews = Extract<Action, { type: "run.events" | "run.finished" }>;

/** Where a tab remembers what it shows: sessionStorage, or a map in tests. */
export interface Memory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const SHOWN_RUN = "phonon.run";

export interface Session {
  readonly history: HistorySession;
  run(): Promise<void>;
  /** Cancels a run; without a name the one that was started here. */
  cancel(runId?: string): Promise<void>;
  /** Opens a run of the store: replayed, and followed where it goes on. */
  replay(runId: string): Promise<void>;
  preflight(target: string): Promise<void>;
  /** Why the model could not be added, or null. */
  addModel(path: string): Promise<Failure | null>;
  close(): void;
}

export function startSession(
  client: PhononClient,
  state: () => State,
  dispatch: (action: Action) => void,
  memory: Memory,
): Session {
  const batcher = new Batcher<RunNews>(EVENTS_MS, fitting, (news) => joined(news).forEach(dispatch));

  const history = historySession(client, () => state().history, dispatch, failureOf);

  const ends = [
    client.on("targets.changed", (listing) => dispatch({ type: "targets", listing })),
    client.on("runs.changed", () => void history.refresh()),
    client.on("run.progress", (progress) => dispatch({ type: "run.progress", progress })),
    client.on("run.foreseen", ({ runId, foreseen }) => dispatch({ type: "run.foreseen", runId, foreseen })),
    client.on("run.events", (batch) => {
      if (isShown(batch.runId)) batcher.add([{ type: "run.events", ...batch }]);
    }),
    client.on("run.finished", (outcome) => {
      batcher.add([{ type: "run.finished", outcome }]); // after the last event
      batcher.flush();
      if (outcome.summary?.status === "running") askAgain(outcome.runId);
    }),
    client.on("compare.progress", ({ id }) => goesOn("comparing", id, true)),
    client.on("compare.finished", ({ id }) => goesOn("comparing", id, false)),
    client.on("study.progress", ({ id }) => goesOn("studying", id, true)),
    client.on("study.finished", ({ id }) => goesOn("studying", id, false)),
    client.onConnection((connection) => {
      dispatch({ type: "connection", connection });
      if (connection === "open") void connected();
    }),
  ];

  function goesOn(what: LongWork, id: string, isGoing: boolean): void {
    const before = state()[what];
    if (before.includes(id) === isGoing) return;
    dispatch({ type: "ongoing", what, ids: isGoing ? [...before, id] : before.filter((other) => other !== id) });
  }

  /** Reports what went wrong in the state. */
  async function reporting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      dispatch({ type: "failed", failure: failureOf(error) });
    }
  }

  /** For what the user did not ask for: a lost connection shows as such, and everything is loaded again after it. */
  async function background(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const failure = failureOf(error);
      if (failure.code !== "connection_lost") dispatch({ type: "failed", failure });
    }
  }

  async function connected(): Promise<void> {
    await Promise.all([
      background(async () => dispatch({ type: "targets", listing: await client.call("targets.list", null) })),
      background(async () => dispatch({ type: "models", models: await client.call("models.list", null) })),
      background(async () => tellOngoing("comparing", await client.call("compare.list", null))),
      background(async () => tellOngoing("studying", await client.call("studies.list", null))),
      history.refresh(),
      background(follow),
    ]);
  }

  function tellOngoing(what: LongWork, all: readonly { id: string; status: string }[]): void {
    dispatch({ type: "ongoing", what, ids: all.filter(({ status }) => status === "running").map(({ id }) => id) });
  }

  /** Goes on with the runs that are shown, or with the one that was shown before a reload. */
  async function follow(): Promise<void> {
    const { run, replay } = state();
    const unfinished = [run, replay].filter((view) => view !== null && !isComplete(view)) as RunView[];
    const from = new Map<string, number>();
    for (const { runId, lastSeq } of unfinished) from.set(runId, Math.min(from.get(runId) ?? Infinity, lastSeq + 1));
    for (const [runId, fromSeq] of from) await attach(runId, fromSeq);
    const kept = memory.getItem(SHOWN_RUN);
    if (run !== null || !kept) return;
    try {
      await open(kept, false, null);
    } catch (error) {
      if (failureOf(error).code !== "no_such_run") throw error;
      memory.setItem(SHOWN_RUN, "");
      dispatch({ type: "run.gone" });
    }
  }

  /** A view that has an event already passes it over, so attaching again from the start disturbs none. */
  async function attach(runId: string, fromSeq: number): Promise<void> {
    const { live, facts } = await client.call("run.attach", { runId, fromSeq });
    dispatch({ type: "run.attached", runId, live, facts });
  }

  let elsewhere: ReturnType<typeof setTimeout> | undefined;

  /** For what came since: nobody here is told of the events of another program's run. */
  function askAgain(runId: string): void {
    clearTimeout(elsewhere);
    elsewhere = setTimeout(() => {
      const { replay, connection } = state();
      if (replay?.runId !== runId || connection !== "open") return;
      void background(() => attach(runId, replay.lastSeq + 1));
    }, ELSEWHERE_MS);
  }

  const isShown = (runId: string) => [state().run, state().replay].some((view) => view?.runId === runId);

  /** After a view turned to another run: nobody may follow the one it showed any more. */
  function leave(view: RunView | null): void {
    if (view === null || isComplete(view) || isShown(view.runId)) return;
    void background(async () => {
      await client.call("run.detach", { runId: view.runId });
    });
  }

  async function open(runId: string, live: boolean, facts: RunFacts | null): Promise<void> {
    const before = state().run;
    memory.setItem(SHOWN_RUN, runId);
    dispatch({ type: "run.opened", runId, live, facts });
    leave(before);
    await attach(runId, 1);
  }

  return {
    history,
    async replay(runId) {
      const before = state().replay;
      if (before?.runId === runId && (isComplete(before) || before.live)) return;
      dispatch({ type: "replay.opened", runId });
      leave(before);
      try {
        await attach(runId, 1);
      } catch (error) {
        const failure = failureOf(error);
        if (failure.code === "connection_lost") return; // it is attached again with the connection
        dispatch({ type: "run.finished", outcome: { runId, summary: null, failure } });
      }
    },
    preflight: (target) =>
      background(async () => {
        dispatch({ type: "preflight", target, checks: await client.call("targets.preflight", { target }) });
      }),
    async run() {
      const { setup } = state();
      const outcome = requestOf(setup);
      if ("problems" in outcome || isRunning(state())) return;
      dispatch({ type: "run.asked" });
      await reporting(async () => {
        const { runId } = await client.call("run.start", outcome.request);
        const { engine, target, model, prompt } = setup;
        await open(runId, true, { engine, target, model, prompt, tokens: outcome.request.tokens ?? null });
      });
    },
    async cancel(named) {
      const runId = named ?? (isRunning(state()) ? state().run?.runId : undefined);
      if (runId === undefined) return;
      await reporting(async () => {
        await client.call("run.cancel", { runId });
      });
    },
    async addModel(path) {
      try {
        dispatch({ type: "model.added", model: await client.call("models.inspect", { path }) });
        return null;
      } catch (error) {
        return failureOf(error);
      }
    },
    close() {
      ends.forEach((end) => end());
      batcher.clear();
      clearTimeout(elsewhere);
    },
  };
}

/** Nothing more will come; of a run that another program carries out, more may have come when it is asked for again. */
function isComplete({ phase, summary, failure }: RunView): boolean {
  return phase === "ended" && (failure !== null || (summary !== null && summary.status !== "running"));
}

/** How much of it is folded and drawn in one task. */
function fitting(news: readonly RunNews[]): number {
  const sizes = news.map((one) => (one.type === "run.events" ? one.events.length : 0));
  const most = Math.max(EVENTS_A_TASK, SHARE_A_TASK * sizes.reduce((sum, size) => sum + size, 0));
  let events = 0;
  const over = sizes.findIndex((size) => (events += size) > most);
  return over === -1 ? news.length : Math.max(1, over);
}

/** With the events of a run that came one after the other together. */
function joined(news: readonly RunNews[]): RunNews[] {
  const all: RunNews[] = [];
  for (const one of news) {
    const last = all.at(-1);
    const goesOn = one.type === "run.events" && last?.type === "run.events" && last.runId === one.runId;
    if (goesOn) all.splice(-1, 1, { ...last, events: [...last.events, ...one.events] });
    else all.push(one);
  }
  return all;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CallError) return { code: error.code, message: error.message };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}

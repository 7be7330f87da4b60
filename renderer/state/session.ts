/**
 * Keeps the state in step with the control side: asks for what a fresh connection needs, follows the runs that are
 * shown, and catches up after a lost connection or a reload. Knows nothing of React.
 */
import type { AgentEvent, Failure, RunFacts } from "../../electron/ipc/contract.js";
import { CallError, type PhononClient } from "../transport/client.js";
import { Batcher } from "./batcher.js";
import { historySession, type HistorySession } from "./history-session.js";
import type { RunView } from "./run-view.js";
import { requestOf } from "./setup.js";
import type { Action, State } from "./state.js";
import { isRunning } from "./state.js";

const EVENTS_MS = 200; // between updates of text and figures
const ELSEWHERE_MS = 3000; // between readings of a run that another program carries out

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
  const batcher = new Batcher<{ runId: string; events: AgentEvent[] }>(EVENTS_MS, (batches) => {
    for (const [runId, events] of byRun(batches)) dispatch({ type: "run.events", runId, events });
  });

  const history = historySession(client, () => state().history, dispatch, failureOf);

  const ends = [
    client.on("targets.changed", (listing) => dispatch({ type: "targets", listing })),
    client.on("runs.changed", () => void history.refresh()),
    client.on("run.progress", (progress) => dispatch({ type: "run.progress", progress })),
    client.on("run.events", (batch) => {
      if (isShown(batch.runId)) batcher.add([batch]);
    }),
    client.on("run.finished", (outcome) => {
      batcher.flush();
      dispatch({ type: "run.finished", outcome });
      if (outcome.summary?.status === "running") askAgain(outcome.runId);
    }),
    client.on("compare.progress", ({ id }) => compares(id, true)),
    client.on("compare.finished", ({ id }) => compares(id, false)),
    client.onConnection((connection) => {
      dispatch({ type: "connection", connection });
      if (connection === "open") void connected();
    }),
  ];

  function compares(id: string, isGoing: boolean): void {
    const { comparing } = state();
    if (comparing.includes(id) === isGoing) return;
    dispatch({ type: "comparing", ids: isGoing ? [...comparing, id] : comparing.filter((other) => other !== id) });
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
      background(async () => {
        const all = await client.call("compare.list", null);
        dispatch({ type: "comparing", ids: all.filter(({ status }) => status === "running").map(({ id }) => id) });
      }),
      history.refresh(),
      background(follow),
    ]);
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

function byRun(batches: readonly { runId: string; events: AgentEvent[] }[]): Map<string, AgentEvent[]> {
  const runs = new Map<string, AgentEvent[]>();
  for (const { runId, events } of batches) runs.set(runId, (runs.get(runId) ?? []).concat(events));
  return runs;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CallError) return { code: error.code, message: error.message };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}

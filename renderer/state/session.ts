/**
 * Keeps the state in step with the control side: asks for what a fresh connection needs, follows the run that is shown,
 * and catches up after a lost connection or a reload. Knows nothing of React.
 */
import type { AgentEvent, Failure, RunFacts } from "../../electron/ipc/contract.js";
import { CallError, type PhononClient } from "../transport/client.js";
import { Batcher } from "./batcher.js";
import { requestOf } from "./setup.js";
import type { Action, State } from "./state.js";
import { isRunning } from "./state.js";

const EVENTS_MS = 200; // between updates of text and figures

/** Where a tab remembers what it shows: sessionStorage, or a map in tests. */
export interface Memory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const SHOWN_RUN = "phonon.run";

export interface Session {
  run(): Promise<void>;
  cancel(): Promise<void>;
  /** Shows a run of the store: replayed, and followed where it goes on. */
  show(runId: string): Promise<void>;
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
  let batchOf: string | null = null;
  const batcher = new Batcher<AgentEvent>(EVENTS_MS, (events) => {
    if (batchOf !== null) dispatch({ type: "run.events", runId: batchOf, events });
  });

  const ends = [
    client.on("targets.changed", (listing) => dispatch({ type: "targets", listing })),
    client.on("runs.changed", () => void background(loadRuns)),
    client.on("run.progress", (progress) => dispatch({ type: "run.progress", progress })),
    client.on("run.events", ({ runId, events }) => {
      if (runId === batchOf) batcher.add(events);
    }),
    client.on("run.finished", (outcome) => {
      batcher.flush();
      dispatch({ type: "run.finished", outcome });
    }),
    client.onConnection((connection) => {
      dispatch({ type: "connection", connection });
      if (connection === "open") void connected();
    }),
  ];

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
      background(loadRuns),
      background(follow),
    ]);
  }

  async function loadRuns(): Promise<void> {
    dispatch({ type: "runs", runs: await client.call("runs.list", null) });
  }

  /** Goes on with the run that is shown, or that was shown before a reload. */
  async function follow(): Promise<void> {
    const { run } = state();
    if (run !== null) {
      if (run.phase !== "ended" || run.summary === null) await attach(run.runId, run.lastSeq + 1);
      return;
    }
    const kept = memory.getItem(SHOWN_RUN);
    if (!kept) return;
    try {
      await open(kept, false, null);
    } catch (error) {
      if (failureOf(error).code !== "no_such_run") throw error;
      memory.setItem(SHOWN_RUN, "");
      dispatch({ type: "run.gone" });
    }
  }

  async function attach(runId: string, fromSeq: number): Promise<void> {
    if (batchOf !== runId) {
      batcher.clear();
      if (batchOf !== null) void detach(batchOf);
      batchOf = runId;
    } else batcher.flush();
    const { live, facts } = await client.call("run.attach", { runId, fromSeq });
    dispatch({ type: "run.attached", runId, live, facts });
  }

  async function detach(runId: string): Promise<void> {
    await background(async () => {
      await client.call("run.detach", { runId });
    });
  }

  async function open(runId: string, live: boolean, facts: RunFacts | null): Promise<void> {
    memory.setItem(SHOWN_RUN, runId);
    batcher.clear();
    dispatch({ type: "run.opened", runId, live, facts });
    await attach(runId, 1);
  }

  return {
    show: (runId) => reporting(() => open(runId, false, null)),
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
    async cancel() {
      const { run } = state();
      if (run === null || !isRunning(state())) return;
      await reporting(async () => {
        await client.call("run.cancel", { runId: run.runId });
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
    },
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof CallError) return { code: error.code, message: error.message };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}

/** One run, from a request to a finished bundle. */
import type { AgentSession } from "../agent/session.js";
import { messageOf, PhononError } from "../base/errors.js";
import type { AgentEvent } from "../agent/messages.js";
import { untilAborted } from "../base/time.js";
import { Bundle, type Outcome, type Prediction } from "../store/index.js";
import type { Progress } from "../targets/target.js";
import type { RunRequest, RunSummary } from "./config.js";
import { DecodeLimit } from "./decode-limit.js";
import { loadEngine, newRunOf, noteEngine, type LoadedEngine } from "./engine.js";
import { runMessage } from "./messages.js";
import { OutsideSamples } from "./outside-samples.js";
import { prepare, realWorld, type Prepared } from "./prepare.js";

export interface RunHooks {
  /** Before the first event: hashing, pushing, loading. */
  onProgress?: (progress: Progress) => void;
  /** What the planner says of the run, before its first event; not called where it says nothing. */
  onForeseen?: (prediction: Prediction) => void;
  /** Called after the event has been appended to the run's bundle. */
  onEvent?: (event: AgentEvent) => void;
  /** Cancels, at any time: before the run has a bundle, `startRun` rejects; afterwards as `cancel` does. */
  signal?: AbortSignal;
}

export interface RunHandle {
  readonly runId: string;
  readonly runDir: string;
  /** Ends the run and waits until its bundle is complete. */
  cancel(): Promise<void>;
  /** Rejects only when the bundle could not be written; a run that fails resolves with status "failed". */
  readonly done: Promise<RunSummary>;
}

const CANCEL_GRACE_MS = 10_000; // an agent that has not ended a run by then is given up

/** Resolves once the run is known to be possible and has a bundle; rejects with what stands in the way. */
export async function startRun(request: RunRequest, hooks: RunHooks = {}, world = realWorld): Promise<RunHandle> {
  const prepared = await prepare(request, world, hooks.signal);
  const bundle = await Bundle.create(newRunOf(prepared));
  const stop = new AbortController();
  const abort = () => stop.abort(new PhononError("cancelled", "Cancelled."));
  hooks.signal?.addEventListener("abort", abort, { once: true });
  if (hooks.signal?.aborted) abort();
  const done = carryOut(prepared, bundle, hooks, stop.signal).finally(() =>
    hooks.signal?.removeEventListener("abort", abort),
  );
  done.catch(() => undefined); // whoever awaits it hears of it; nobody has to
  return {
    runId: bundle.runId,
    runDir: bundle.dir,
    done,
    cancel: async () => {
      abort();
      await done;
    },
  };
}

async function carryOut(prepared: Prepared, bundle: Bundle, hooks: RunHooks, signal: AbortSignal): Promise<RunSummary> {
  return concluding(bundle, signal, async () => {
    const engine = await loadEngine(prepared, { signal, onProgress: hooks.onProgress });
    try {
      await noteEngine(bundle, engine);
      if (engine.facts.prediction) hooks.onForeseen?.(engine.facts.prediction);
      await streamRun(engine, bundle, hooks.onEvent, signal);
    } finally {
      await engine.session.close();
    }
  });
}

/** Runs `work` and closes the bundle, whatever comes of it. */
export async function concluding(bundle: Bundle, signal: AbortSignal, work: () => Promise<void>): Promise<RunSummary> {
  let outcome: Outcome | undefined;
  try {
    await work();
  } catch (error) {
    outcome = outcomeOf(error, signal);
  }
  return bundle.finish(outcome);
}

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted) return { status: "cancelled", reason: "cancelled", message: "Cancelled." };
  const code = error instanceof Error && "code" in error ? String(error.code) : "internal";
  return { status: "failed", reason: code, message: messageOf(error) };
}

/** Runs on a loaded engine; every event is on disk before anybody hears of it. Returns after the run's last event. */
export async function streamRun(
  { session, report, prepared }: LoadedEngine,
  bundle: Bundle,
  onEvent: RunHooks["onEvent"],
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await session.request<"run">(runMessage(prepared.config, bundle.runId, report.model.vocabulary));
  const grace = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(
      () => grace.abort(new PhononError("agent_silent", "The agent did not end the run.")),
      CANCEL_GRACE_MS,
    );
    // An agent that is gone cannot be asked; then the grace ends this.
    session.cancel(bundle.runId).catch((error: unknown) => grace.abort(error));
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  const events = session.events(bundle.runId)[Symbol.asyncIterator]();
  const outside = new OutsideSamples(prepared.target);
  const limit = new DecodeLimit(prepared.config.seconds);
  let timeIsUp = false;
  try {
    for (;;) {
      const next = await untilAborted(events.next(), grace.signal);
      if (next.done) return;
      const event = outside.complete(next.value);
      await bundle.append(event);
      onEvent?.(event);
      if (!timeIsUp && limit.reachedBy(event)) {
        timeIsUp = true;
        await endInTime(session, bundle);
      }
    }
  } finally {
    outside.stop();
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    if (!grace.signal.aborted) await events.return?.();
  }
}

/** A run whose time is up has done what was asked of it, however its agent calls that. */
async function endInTime(session: AgentSession, bundle: Bundle): Promise<void> {
  await bundle.note({ outcome: { status: "done", reason: "time", message: "" } });
  await session.cancel(bundle.runId).catch(() => undefined); // it has ended meanwhile, or its events tell of a lost agent
}

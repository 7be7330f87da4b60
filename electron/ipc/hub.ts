/**
 * Who hears what: the connected UIs, the runs that go on, and which UI follows which run. Single-threaded; lives as
 * long as the shell.
 */
import { PhononError, messageOf } from "../base/errors.js";
import type { AgentEvent } from "../agent/messages.js";
import type { EventName, Events, Prediction, Progress, Response, RunRequest } from "./contract.js";
import { failureOf } from "./failure.js";
import type { Occupied } from "./occupied.js";
import type { ActiveRun, ControlSide, KeptRun } from "./side.js";
import { Subscription, type Client, type Feed, type Outcome } from "./subscription.js";

const TAIL = 1024; // events of a live run kept in memory; older ones are in its bundle
const FLUSH_MS = 30; // events that come within this time travel together

class LiveRun implements Feed {
  runId = ""; // until it is accepted
  tail: AgentEvent[] = [];
  lastSeq = 0;
  progress: Progress | undefined;
  foreseen: Prediction | undefined;
  outcome: Outcome | undefined;
  readonly subscriptions = new Set<Subscription>();
  #flush: NodeJS.Timeout | undefined;

  add(event: AgentEvent): void {
    if (event.seq <= this.lastSeq) return;
    this.tail.push(event);
    if (this.tail.length > 2 * TAIL) this.tail = this.tail.slice(-TAIL);
    this.lastSeq = event.seq;
    this.progress = undefined;
    this.flushSoon();
  }

  advance(progress: Progress): void {
    if (this.lastSeq > 0) return;
    this.progress = progress;
    this.flushSoon();
  }

  foresee(prediction: Prediction): void {
    this.foreseen = prediction;
    this.flushSoon();
  }

  flushSoon(): void {
    this.#flush ??= setTimeout(() => {
      this.#flush = undefined;
      for (const subscription of this.subscriptions) void pump(subscription);
    }, FLUSH_MS);
  }
}

/** A bundle that cannot be read ends the subscription with the reason, not the program. */
async function pump(subscription: Subscription): Promise<void> {
  try {
    await subscription.pump();
  } catch (error) {
    subscription.close();
    const { client, feed } = subscription;
    client.send("run.finished", { runId: feed.runId, summary: null, failure: failureOf(error) });
  }
}

function keptFeed(runId: string, { summary }: KeptRun): Feed {
  const outcome = { summary, failure: null }; // the summary has what was foreseen
  return { runId, tail: [], lastSeq: Infinity, progress: undefined, foreseen: undefined, outcome };
}

export class Hub {
  readonly #clients = new Map<Client, Map<string, Subscription>>();
  readonly #runs = new Map<string, { run: LiveRun; active: ActiveRun }>();

  constructor(
    private readonly side: ControlSide,
    private readonly occupied: Occupied,
  ) {}

  connect(client: Client): void {
    this.#clients.set(client, new Map());
  }

  disconnect(client: Client): void {
    for (const runId of this.#clients.get(client)?.keys() ?? []) this.detach(client, runId);
    this.#clients.delete(client);
  }

  broadcast<E extends EventName>(name: E, payload: Events[E]): void {
    for (const client of this.#clients.keys()) client.send(name, payload);
  }

  /** Starts a run and follows it to its end, whether or not a UI listens. */
  async start(request: RunRequest): Promise<string> {
    const release = this.occupied.take(request.target ?? "local", "run");
    const run = new LiveRun();
    try {
      const active = await this.side.startRun(request, {
        onEvent: (event) => run.add(event),
        onProgress: (progress) => run.advance(progress),
        onForeseen: (prediction) => run.foresee(prediction),
      });
      run.runId = active.runId;
      this.#runs.set(run.runId, { run, active });
      this.broadcast("runs.changed", null);
      void this.#finish(run, active).finally(release);
      return run.runId;
    } catch (error) {
      release();
      throw error;
    }
  }

  async cancel(runId: string): Promise<void> {
    const live = this.#runs.get(runId);
    if (live === undefined) throw new PhononError("no_such_run", `Run ${runId} is not going on here.`);
    await live.active.cancel();
  }

  /** From now on the client gets the run's events from `fromSeq` on. Attaching again starts over. */
  async attach(client: Client, runId: string, fromSeq: number): Promise<Response<"run.attach">> {
    const kept = await this.side.readRun(runId);
    if (kept === undefined) throw new PhononError("no_such_run", `There is no run ${runId} in the store.`);
    this.detach(client, runId);
    const live = this.#runs.get(runId)?.run;
    const subscriptions = this.#clients.get(client);
    if (subscriptions !== undefined) {
      const end = () => this.detach(client, runId);
      const subscription = new Subscription(client, live ?? keptFeed(runId, kept), () => kept.events(), fromSeq, end);
      subscriptions.set(runId, subscription);
      live?.subscriptions.add(subscription);
      setImmediate(() => void pump(subscription)); // the reply goes first
    }
    return { live: live !== undefined, facts: kept.facts };
  }

  detach(client: Client, runId: string): void {
    const subscriptions = this.#clients.get(client);
    const subscription = subscriptions?.get(runId);
    if (subscriptions === undefined || subscription === undefined) return;
    subscription.close();
    subscriptions.delete(runId);
    this.#runs.get(runId)?.run.subscriptions.delete(subscription);
  }

  /** Cancels every run and waits until their agents have ended. */
  async close(): Promise<void> {
    const runs = [...this.#runs.values()];
    await Promise.allSettled(runs.map(({ active }) => active.cancel()));
    await Promise.allSettled(runs.map(({ active }) => active.done));
  }

  async #finish(run: LiveRun, active: ActiveRun): Promise<void> {
    try {
      run.outcome = { summary: await active.done, failure: null };
    } catch (error) {
      run.outcome = { summary: null, failure: failureOf(error) };
      console.error(`run ${run.runId}: ${messageOf(error)}`);
    }
    this.#runs.delete(run.runId);
    run.flushSoon();
    this.broadcast("runs.changed", null);
  }
}

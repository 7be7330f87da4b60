/**
 * One UI following one run. What it has not had yet comes from the run's bundle on disk or, where it still holds it,
 * from the feed's tail in memory; so a UI that is slow, or that comes back, costs no memory and misses nothing.
 *
 * Only `pump` sends, one call at a time, and it only moves `next` forward: nothing is delivered twice.
 */
import type { AgentEvent } from "../agent/messages.js";
import { PhononError } from "../base/errors.js";
import type { Events, EventName, Prediction, Progress, Failure, RunSummary, ShownSummary } from "./contract.js";

/** A connected UI. */
export interface Client {
  send<E extends EventName>(name: E, payload: Events[E]): void;
  /** Resolves once the connection can take more: true, or false when it is closed. */
  ready(): Promise<boolean>;
}

export interface Outcome {
  summary: RunSummary | null;
  failure: Failure | null;
}

/** What a subscription reads from; the hub's live runs and kept runs are feeds. */
export interface Feed {
  readonly runId: string;
  /** The latest events, in order of seq; empty for a kept run. */
  readonly tail: readonly AgentEvent[];
  /** The seq of the last event there is so far; Infinity for a kept run: read to the end of its bundle. */
  readonly lastSeq: number;
  readonly progress: Progress | undefined;
  readonly foreseen: Prediction | undefined;
  /** Set once nothing more will come. */
  readonly outcome: Outcome | undefined;
}

const BATCH = 256; // events a message

export class Subscription {
  #next: number;
  #pumping = false;
  #again = false;
  #isClosed = false;
  #sentProgress: Progress | undefined;
  #sentForeseen: Prediction | undefined;

  constructor(
    readonly client: Client,
    readonly feed: Feed,
    private readonly bundle: () => AsyncIterable<AgentEvent>,
    fromSeq: number,
    private readonly onEnd: () => void,
  ) {
    this.#next = fromSeq;
  }

  close(): void {
    this.#isClosed = true;
  }

  // Methods, because both change while a send is awaited.
  #closed(): boolean {
    return this.#isClosed;
  }

  #wantsMore(): boolean {
    return this.#again;
  }

  /** Brings the client up to date with the feed. Cheap when it already is. */
  async pump(): Promise<void> {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    try {
      do {
        this.#again = false;
        await this.#catchUp();
      } while (this.#wantsMore() && !this.#closed());
    } finally {
      this.#pumping = false;
    }
  }

  async #catchUp(): Promise<void> {
    if (this.#closed()) return;
    this.#sendProgress();
    this.#sendForeseen();
    while (!this.#closed() && this.#next <= this.feed.lastSeq) {
      const first = this.feed.tail[0];
      if (first !== undefined && first.seq <= this.#next) {
        if (!(await this.#send(this.feed.tail.filter((e) => e.seq >= this.#next)))) return;
        continue;
      }
      // Events are in the bundle before they are in the tail, so it holds all that is missing before the tail.
      const before = this.#next;
      if (!(await this.#sendBundle())) return;
      if (this.feed.lastSeq === Infinity) break;
      if (this.#next === before)
        throw new PhononError("run_damaged", `Run ${this.feed.runId}: event ${before} is missing.`);
    }
    if (this.feed.outcome !== undefined && !this.#closed() && !this.#wantsMore()) {
      this.#isClosed = true;
      const { summary, failure } = this.feed.outcome;
      this.client.send("run.finished", { runId: this.feed.runId, summary: summary && shown(summary), failure });
      this.onEnd();
    }
  }

  #sendProgress(): void {
    const { progress } = this.feed;
    if (progress === undefined || progress === this.#sentProgress) return;
    this.#sentProgress = progress;
    this.client.send("run.progress", { runId: this.feed.runId, ...progress });
  }

  #sendForeseen(): void {
    const { foreseen } = this.feed;
    if (foreseen === undefined || foreseen === this.#sentForeseen) return;
    this.#sentForeseen = foreseen;
    this.client.send("run.foreseen", { runId: this.feed.runId, foreseen });
  }

  /** Sends what the bundle holds from `next` on. False: the client is gone. */
  async #sendBundle(): Promise<boolean> {
    let batch: AgentEvent[] = [];
    for await (const event of this.bundle()) {
      if (event.seq < this.#next) continue;
      batch.push(event);
      if (batch.length === BATCH) {
        if (!(await this.#send(batch))) return false;
        batch = [];
      }
    }
    return this.#send(batch);
  }

  async #send(events: readonly AgentEvent[]): Promise<boolean> {
    for (let at = 0; at < events.length && !this.#closed(); at += BATCH) {
      const batch = events.slice(at, at + BATCH);
      const last = batch.at(-1);
      if (last === undefined) break;
      this.client.send("run.events", { runId: this.feed.runId, events: batch });
      this.#next = last.seq + 1;
      if (!(await this.client.ready())) this.#isClosed = true;
    }
    return !this.#closed();
  }
}

function shown(summary: RunSummary): ShownSummary {
  const short: Partial<RunSummary> & ShownSummary = { ...summary };
  delete short.text;
  delete short.tokens;
  return short;
}

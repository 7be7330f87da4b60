/**
 * What a UI starts and what takes minutes or hours: comparisons and studies. Each is kept here with all that a UI shows
 * of it, so that one that comes in the middle, or comes back, asks for it and then hears every change. It goes on to its
 * end whether or not a UI listens. Single-threaded; lives as long as the shell.
 */
import type { AgentEvent } from "../agent/messages.js";
import { PhononError, messageOf } from "../base/errors.js";
import type { Progress } from "../targets/target.js";
import type { CompareClock } from "./compare-clock.js";
import type { WorkState } from "./contract.js";
import { failureOf } from "./failure.js";

const KEPT = 20; // those under way included
const PROGRESS_MS = 200; // between messages on progress

/** One of them. Its state is replaced, never changed. */
export interface Work<State extends WorkState> {
  state: State;
  readonly clock: CompareClock;
  readonly stop: AbortController;
  done: Promise<void>;
  flush: NodeJS.Timeout | undefined;
}

/** Who is told; the state is the present one. */
interface Told<State> {
  progress: (state: State) => void;
  finished: (state: State) => void;
}

export class LongWork<State extends WorkState> {
  readonly #all = new Map<string, Work<State>>(); // oldest first

  constructor(
    private readonly what: "comparison" | "study",
    private readonly tell: Told<State>,
  ) {}

  /** Newest first. */
  list(): State[] {
    return [...this.#all.values()].map((work) => this.#current(work)).reverse();
  }

  get(id: string): State | undefined {
    const work = this.#all.get(id);
    return work && this.#current(work);
  }

  /** `carryOut` resolves to what it came to; `release` is called when it has ended, in whatever way. */
  start(
    state: State,
    clock: CompareClock,
    carryOut: (work: Work<State>) => Promise<Partial<State>>,
    release: () => void,
  ): void {
    const work: Work<State> = {
      ...{ state, clock, stop: new AbortController(), done: Promise.resolve(), flush: undefined },
    };
    this.#all.set(state.id, work);
    this.#forgetOldest();
    work.done = this.#toItsEnd(work, carryOut).finally(release);
  }

  /** What rounds tell of themselves, whoever runs in them. */
  hooksOf(work: Work<State>) {
    const progress = (phase: string, done: number, total: number): void =>
      this.change(work, { progress: { phase, done, total } } as Partial<State>);
    return {
      signal: work.stop.signal,
      onStep: (step: NonNullable<State["step"]>): void => {
        if (step.round !== null) work.clock.begin();
        this.change(work, { step, progress: null } as Partial<State>);
      },
      onProgress: ({ phase, done, total }: Progress): void => progress(phase, done, total),
      onEvent: (event: AgentEvent): void => {
        if (event.kind === "prefill") progress("prefill", event.done, event.total);
        if (event.kind === "token") progress("decode", event.index + 1, work.state.tokens);
      },
    };
  }

  /** UIs are told of it soon. */
  change(work: Work<State>, change: Partial<State>): void {
    work.state = { ...work.state, ...change };
    work.flush ??= setTimeout(() => {
      work.flush = undefined;
      this.tell.progress(this.#current(work));
    }, PROGRESS_MS);
  }

  /** Asks it to end; UIs are told when it has. */
  cancel(id: string): void {
    const work = this.#all.get(id);
    if (work?.state.status !== "running") {
      throw new PhononError(`no_such_${this.what}`, `This ${this.what} is not going on.`);
    }
    work.stop.abort(new PhononError("cancelled", "Cancelled."));
  }

  /** Of one that has ended. */
  forget(id: string): void {
    this.#all.delete(id);
  }

  async close(): Promise<void> {
    const all = [...this.#all.values()];
    for (const { stop } of all) stop.abort(new PhononError("cancelled", "Cancelled."));
    await Promise.allSettled(all.map(({ done }) => done));
  }

  async #toItsEnd(work: Work<State>, carryOut: (work: Work<State>) => Promise<Partial<State>>): Promise<void> {
    const { id } = work.state;
    let end: Partial<WorkState>;
    try {
      end = { status: "done", failure: null, ...(await carryOut(work)) };
    } catch (error) {
      const cancelled = work.stop.signal.aborted;
      if (!cancelled) console.error(`${this.what} ${id}: ${messageOf(error)}`);
      end = { status: cancelled ? "cancelled" : "failed", failure: cancelled ? null : failureOf(error) };
    }
    clearTimeout(work.flush);
    work.state = { ...work.state, ...end, step: null, progress: null, etaSeconds: null };
    this.tell.finished(work.state);
  }

  #current({ state, clock }: Work<State>): State {
    return state.status === "running" ? { ...state, etaSeconds: clock.etaSeconds() } : state;
  }

  #forgetOldest(): void {
    for (const [id, { state }] of this.#all) {
      if (this.#all.size <= KEPT) return;
      if (state.status !== "running") this.#all.delete(id);
    }
  }
}

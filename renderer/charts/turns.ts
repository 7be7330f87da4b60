/**
 * Work on charts, spread over frames so that none of them is late: each frame takes what fits into half of it. And what
 * that costs the page's thread, from the start of React's work to the end of layout and paint.
 */
import { createContext, useContext, useState } from "react";

const BUDGET_MS = 8; // of a frame
const MEASURE_MS = 1000; // over which the cost is averaged, so that the figure can be read

export interface RedrawCost {
  ms: number; // of one redraw
  share: number; // of a core
}

/** What is done in one go, or in slices of its own until its promise is kept; the others wait for that. */
export type Work = () => void | Promise<void>;

export class Turns {
  #waiting = new Set<Work>();
  readonly #meter = new Meter();
  #frame = 0;

  constructor(private readonly onCost: (cost: RedrawCost) => void) {}

  /** Does `work` in one of the next frames, in the order of asking or before all; what waits already keeps its place. */
  add(work: Work, first = false): void {
    if (first) this.#waiting = new Set([work, ...this.#waiting]);
    else this.#waiting.add(work);
    if (this.#frame === 0) this.#frame = requestAnimationFrame(this.#run);
  }

  remove(work: Work): void {
    this.#waiting.delete(work);
  }

  /** Tells that a redraw has begun; its charts follow in their turns. */
  countRedraw(): void {
    this.#meter.redraws += 1;
  }

  #next(): void {
    this.#frame = this.#waiting.size > 0 ? requestAnimationFrame(this.#run) : 0;
  }

  readonly #run = (): void => {
    const start = performance.now();
    let sliced: Promise<void> | undefined;
    try {
      for (const work of this.#waiting) {
        this.#waiting.delete(work);
        sliced = work() ?? undefined; // may ask for more, which comes last
        if (sliced !== undefined || performance.now() - start > BUDGET_MS) break;
      }
    } finally {
      if (sliced === undefined)
        this.#next(); // only now: one for each frame
      else void sliced.then(() => this.#next());
    }
    afterPaint(() => {
      const cost = this.#meter.add(start, performance.now());
      if (cost !== null) this.onCost(cost);
    });
  };
}

/** From within a frame's callback: calls back when the page's thread is done with that frame, before other work. */
function afterPaint(then: () => void): void {
  if ("scheduler" in globalThis) void scheduler.postTask(then, { priority: "user-blocking" });
  else setTimeout(then, 0);
}

export class Meter {
  redraws = 0;
  #from = NaN;
  #busy = 0;

  /** What the redraws of a second cost, once it is over; null: it is not, or nothing was redrawn. */
  add(start: number, end: number): RedrawCost | null {
    if (Number.isNaN(this.#from)) this.#from = start;
    this.#busy += end - start;
    const passed = end - this.#from;
    if (passed < MEASURE_MS) return null;
    const cost = this.redraws === 0 ? null : { ms: this.#busy / this.redraws, share: this.#busy / passed };
    this.#from = end;
    this.#busy = 0;
    this.redraws = 0;
    return cost;
  }
}

export const TurnsContext = createContext<Turns | null>(null);

export function useTurns(): Turns {
  const turns = useContext(TurnsContext);
  if (turns === null) throw new Error("no TurnsContext above this chart");
  return turns;
}

/** Turns of its own for a group of charts, and what they cost; null: not measured yet. */
export function useNewTurns(): { turns: Turns; cost: RedrawCost | null } {
  const [cost, setCost] = useState<RedrawCost | null>(null);
  const [turns] = useState(() => new Turns(setCost));
  return { turns, cost };
}

/** What is kept of every token of a run. */
import type { AgentEvent } from "../../electron/ipc/contract.js";
import { Column } from "./columns.js";
import { RollingMedian } from "./rolling-median.js";

export type TokenEvent = Extract<AgentEvent, { kind: "token" }>;

/** In the order in which they are stacked, from the bottom. */
export const PARTS = ["attention", "ffn", "sampling", "other"] as const;
export type Part = (typeof PARTS)[number];

export const MEDIAN_WINDOW = 15; // tokens
const MAX_ROWS = 256;

export class TokenColumns {
  readonly atMs = Column.double(); // [token] since the run began
  readonly stepMs = Column.double(); // [token] since the token before; the first one came out of prefill and has none
  readonly medianMs = Column.single(); // [token] median of the latest steps
  readonly parts: Record<Part, Column> = {
    attention: Column.single(),
    ffn: Column.single(),
    sampling: Column.single(),
    other: Column.single(),
  }; // [token] ms
  readonly textEnd = Column.double(); // [token] how long the run's text was with it, UTF-16 units
  readonly active = new ActiveNeurons();
  readonly #window = new RollingMedian(MEDIAN_WINDOW);

  set(index: number, event: TokenEvent, textEnd: number): void {
    this.atMs.set(index, event.t_ms);
    this.stepMs.set(index, index === 0 ? NaN : event.ms);
    this.medianMs.set(index, index === 0 ? NaN : this.#window.add(event.ms));
    for (const part of PARTS) this.parts[part].set(index, event.parts[part]);
    this.textEnd.set(index, textEnd);
    if (event.active !== undefined) this.active.set(index, event.active);
  }
}

/** Neurons computed, by token and layer; a model of more than 256 layers has neighbours averaged into one row. */
export class ActiveNeurons {
  rows = 0; // 0: the engine has told of no token
  layers = 0;
  readonly values = Column.single(); // [token][row]

  set(token: number, active: readonly number[]): void {
    if (this.rows === 0) {
      this.layers = active.length;
      this.rows = Math.min(active.length, MAX_ROWS);
    }
    if (active.length !== this.layers) return; // not the layers of this model
    const first = token * this.rows;
    const binned = this.rows < this.layers;
    for (let row = 0; row < this.rows; row++) {
      this.values.set(first + row, binned ? mean(active, this.layersOf(row)) : active[row]);
    }
  }

  /** The layers of a row: [first, after the last). */
  layersOf(row: number): [number, number] {
    const first = Math.floor((row * this.layers) / this.rows);
    return [first, Math.floor(((row + 1) * this.layers) / this.rows)];
  }
}

function mean(values: readonly number[], [from, to]: [number, number]): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += values[at] ?? 0;
  return sum / (to - from);
}

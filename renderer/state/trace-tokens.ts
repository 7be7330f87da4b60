/** What is kept of the tokens of a run: a row for each, until older ones are thinned. */
import type { AgentEvent } from "../../electron/ipc/contract.js";
import { Column } from "./columns.js";
import { RollingMedian } from "./rolling-median.js";
import { StepSample } from "./step-sample.js";

export type TokenEvent = Extract<AgentEvent, { kind: "token" }>;

/** In the order in which they are stacked, from the bottom. */
export const PARTS = ["attention", "ffn", "sampling", "other"] as const;
export type Part = (typeof PARTS)[number];

export const MEDIAN_WINDOW = 15; // tokens
const MAX_LAYER_ROWS = 256;

/** From a column, with how many values make a row of it, to one with fewer rows. */
export type Thin = (column: Column, width?: number) => Column;

export class TokenColumns {
  readonly number = Column.double("first"); // [row] which token it is, from 0
  readonly atMs = Column.double("first"); // [row] since the run began
  readonly stepMs = Column.double(); // [row] since the token before; the first one came out of prefill and has none
  readonly medianMs = Column.single(); // [row] median of the latest steps
  readonly parts: Record<Part, Column> = {
    attention: Column.single("mean"),
    ffn: Column.single("mean"),
    sampling: Column.single("mean"),
    other: Column.single("mean"),
  }; // [row] ms
  readonly textEnd = Column.double("first"); // [row] how long the run's text was with it, UTF-16 units
  readonly active = new LayerValues(); // neurons computed
  readonly hits = new LayerValues(); // of models streamed from flash: neurons found in the cache
  readonly misses = new LayerValues();
  readonly steps = new StepSample();
  readonly window = new RollingMedian(MEDIAN_WINDOW);

  set(row: number, number: number, event: TokenEvent, textEnd: number): void {
    this.number.set(row, number);
    this.atMs.set(row, event.t_ms);
    this.stepMs.set(row, number === 0 ? NaN : event.ms);
    this.medianMs.set(row, number === 0 ? NaN : this.window.add(event.ms));
    if (number > 0) this.steps.add(event.ms);
    for (const part of PARTS) this.parts[part].set(row, event.parts[part]);
    this.textEnd.set(row, textEnd);
    if (event.active !== undefined) this.active.set(row, event.active);
    if (event.stream?.layer_hits !== undefined) this.hits.set(row, event.stream.layer_hits);
    if (event.stream?.layer_misses !== undefined) this.misses.set(row, event.stream.layer_misses);
  }

  thinned(thin: Thin): TokenColumns {
    const { attention, ffn, sampling, other } = this.parts;
    return Object.assign(new TokenColumns(), {
      number: thin(this.number),
      atMs: thin(this.atMs),
      stepMs: thin(this.stepMs),
      medianMs: thin(this.medianMs),
      parts: { attention: thin(attention), ffn: thin(ffn), sampling: thin(sampling), other: thin(other) },
      textEnd: thin(this.textEnd),
      active: this.active.thinned(thin),
      hits: this.hits.thinned(thin),
      misses: this.misses.thinned(thin),
      steps: this.steps,
      window: this.window,
    });
  }
}

/** A count by layer; a model of more than 256 layers has neighbours averaged into one row of the picture. */
export class LayerValues {
  rows = 0; // 0: the engine has told of no token
  layers = 0;
  readonly values = Column.single("greatest"); // [row of the trace][row of the picture]

  set(at: number, counts: readonly number[]): void {
    if (this.rows === 0) {
      this.layers = counts.length;
      this.rows = Math.min(counts.length, MAX_LAYER_ROWS);
    }
    if (counts.length !== this.layers) return; // not the layers of this model
    const first = at * this.rows;
    const binned = this.rows < this.layers;
    for (let row = 0; row < this.rows; row++) {
      this.values.set(first + row, binned ? mean(counts, this.layersOf(row)) : counts[row]);
    }
  }

  /** The layers of a row: [first, after the last). */
  layersOf(row: number): [number, number] {
    const first = Math.floor((row * this.layers) / this.rows);
    return [first, Math.floor(((row + 1) * this.layers) / this.rows)];
  }

  thinned(thin: Thin): LayerValues {
    const { rows, layers } = this;
    return Object.assign(new LayerValues(), { rows, layers, values: thin(this.values, rows) });
  }
}

function mean(values: readonly number[], [from, to]: [number, number]): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += values[at] ?? 0;
  return sum / (to - from);
}

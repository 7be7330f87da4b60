/** What is kept of the tokens of a run: a row for each, until older ones are thinned. */
import type { AgentEvent } from "../../electron/ipc/contract.js";
import { Column } from "./columns.js";
import { PARTS, splitOf, timesOf, type Part, type Split } from "./parts.js";
import { RollingMedian } from "./rolling-median.js";
import { StepSample } from "./step-sample.js";

export type TokenEvent = Extract<AgentEvent, { kind: "token" }>;

export const MEDIAN_WINDOW = 15; // tokens
const MAX_LAYER_ROWS = 256;

/** From a column, with how many values make a row of it, to one with fewer rows. */
export type Thin = (column: Column, width?: number) => Column;

export class TokenColumns {
  readonly number = Column.double("first"); // [row] which token it is, from 0
  readonly atMs = Column.double("first"); // [row] since the run began
  readonly stepMs = Column.double(); // [row] since the token before; the first one came out of prefill and has none
  readonly medianMs = Column.single(); // [row] median of the latest steps
  readonly parts = eachPart(() => Column.single("mean")); // [row] ms
  split: Split = "whole"; // which of the parts are told
  readonly textEnd = Column.double("first"); // [row] how long the run's text was with it, UTF-16 units
  readonly active = new LayerValues(); // neurons computed
  readonly hits = new LayerValues(); // of models streamed from flash: neurons found in the cache
  readonly misses = new LayerValues();
  readonly hotHits = new LayerValues(); // of the hits, in the cache's hot region
  readonly reads = Column.single(); // [row] from flash
  readonly readBytes = Column.double(); // [row]
  readonly queueDepth = Column.single(); // [row] reads under way when one is answered, mean
  readonly steps = new StepSample();
  readonly window = new RollingMedian(MEDIAN_WINDOW);

  set(row: number, number: number, event: TokenEvent, textEnd: number): void {
    this.number.set(row, number);
    this.atMs.set(row, event.t_ms);
    this.stepMs.set(row, number === 0 ? NaN : event.ms);
    this.medianMs.set(row, number === 0 ? NaN : this.window.add(event.ms));
    if (number > 0) this.steps.add(event.ms);
    this.#setParts(row, number, event);
    this.textEnd.set(row, textEnd);
    if (event.active !== undefined) this.active.set(row, event.active);
    if (event.stream !== undefined) this.#setStream(row, event.stream);
  }

  #setStream(row: number, stream: NonNullable<TokenEvent["stream"]>): void {
    const { layer_hits: hits, layer_misses: misses, layer_hot_hits: hotHits } = stream;
    if (hits !== undefined) this.hits.set(row, hits);
    if (misses !== undefined) this.misses.set(row, misses);
    if (hotHits !== undefined) this.hotHits.set(row, hotHits);
    this.reads.set(row, stream.reads);
    this.readBytes.set(row, stream.read_bytes);
    this.queueDepth.set(row, stream.reads > 0 ? stream.queue_depth : null);
  }

  /** The first token comes out of prefill, and tells of nothing but its sampling. */
  #setParts(row: number, number: number, { parts, stream }: TokenEvent): void {
    if (number > 0) this.split = splitOf(parts, stream);
    const times = timesOf(parts, stream);
    for (const part of PARTS) this.parts[part].set(row, times[part]);
  }

  thinned(thin: Thin): TokenColumns {
    return Object.assign(new TokenColumns(), {
      number: thin(this.number),
      atMs: thin(this.atMs),
      stepMs: thin(this.stepMs),
      medianMs: thin(this.medianMs),
      parts: eachPart((part) => thin(this.parts[part])),
      split: this.split,
      textEnd: thin(this.textEnd),
      active: this.active.thinned(thin),
      hits: this.hits.thinned(thin),
      misses: this.misses.thinned(thin),
      hotHits: this.hotHits.thinned(thin),
      reads: thin(this.reads),
      readBytes: thin(this.readBytes),
      queueDepth: thin(this.queueDepth),
      steps: this.steps,
      window: this.window,
    });
  }
}

function eachPart<T>(make: (part: Part) => T): Record<Part, T> {
  return Object.fromEntries(PARTS.map((part) => [part, make(part)])) as Record<Part, T>;
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

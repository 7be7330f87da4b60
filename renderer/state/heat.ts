/** How often a layer's neurons fire, by how hot their pack holds them to be: summed over a run's tokens. */
import type { AgentEvent } from "../../electron/ipc/contract.js";

export type HeatEvent = Extract<AgentEvent, { kind: "heat" }>;

export interface Heat {
  neurons: number; // of a layer
  layers: number;
  bins: number; // of a layer's neurons, the hottest first
  tokens: number;
  counts: Float64Array; // [layer][bin] how often its neurons fired, all of them together
}

/** A run's layers stay as they are: what tells of others is passed by. `before` is not changed. */
export function addHeat(before: Heat | null, event: HeatEvent): Heat | null {
  const { neurons, layers } = event;
  const bins = layers[0]?.length ?? 0;
  if (before !== null && (before.neurons !== neurons || before.layers !== layers.length || before.bins !== bins)) {
    return before;
  }
  const counts = Float64Array.from(layers.flat());
  before?.counts.forEach((fired, at) => (counts[at] = fired + (counts[at] ?? 0)));
  return { neurons, layers: layers.length, bins, tokens: (before?.tokens ?? 0) + event.to - event.from, counts };
}

/** The positions of a bin's neurons in the order of hotness: [from, to). */
export function positionsOf({ neurons, bins }: Pick<Heat, "neurons" | "bins">, bin: number): [number, number] {
  return [Math.ceil((bin * neurons) / bins), Math.ceil(((bin + 1) * neurons) / bins)];
}

/** The share of tokens for which a neuron of these bins fired, on average over them. */
export function shareOf(heat: Heat, layer: number, fromBin: number, toBin: number): number {
  const fired = heat.counts.subarray(layer * heat.bins + fromBin, layer * heat.bins + toBin);
  const neurons = positionsOf(heat, toBin - 1)[1] - positionsOf(heat, fromBin)[0];
  return fired.reduce((sum, count) => sum + count, 0) / (neurons * heat.tokens);
}

/** The same of all layers, on average. */
export function meanShare(heat: Heat, fromBin: number, toBin: number): number {
  let sum = 0;
  for (let layer = 0; layer < heat.layers; layer++) sum += shareOf(heat, layer, fromBin, toBin);
  return sum / heat.layers;
}

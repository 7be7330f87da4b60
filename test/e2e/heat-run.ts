/** A kept run from a pack, of which it was told how often neurons fire: numbers that a test can foresee. */
import type { AgentEvent } from "../../electron/agent/messages.js";
import { newBundle } from "./charts-bundle.js";
import { madeUpEvents } from "./charts-events.js";

const TOKENS = 128;
const LAYERS = 24;
const NEURONS = 1024;
const BINS = 256;
const TOLD_EVERY = 64; // tokens

/** Neurons of bin b of layer l fire for 1 / (1 + b / (l + 1)) of the tokens. */
export const shareOf = (layer: number, bin: number): number => 1 / (1 + bin / (layer + 1));

export async function storeHeatRun(): Promise<string> {
  const bundle = await newBundle("adb:PHONE", TOKENS);
  let seq = 0;
  const append = (event: AgentEvent) => bundle.append({ ...event, seq: ++seq });
  for (const event of madeUpEvents({ run: bundle.runId, tokens: TOKENS, layers: LAYERS, stallAt: 7 })) {
    await append(event);
    if (event.kind === "token" && event.index % TOLD_EVERY === TOLD_EVERY - 1) await append(heatOf(event));
  }
  await bundle.finish();
  return bundle.runId;
}

function heatOf({ run, seq, t_ms, index }: Extract<AgentEvent, { kind: "token" }>): AgentEvent {
  const fired = (layer: number, bin: number) => Math.round((shareOf(layer, bin) * TOLD_EVERY * NEURONS) / BINS);
  return {
    ...{ type: "event", run, seq, t_ms, kind: "heat", neurons: NEURONS },
    from: index + 1 - TOLD_EVERY,
    to: index + 1,
    layers: Array.from({ length: LAYERS }, (_, layer) => Array.from({ length: BINS }, (__, bin) => fired(layer, bin))),
  };
}

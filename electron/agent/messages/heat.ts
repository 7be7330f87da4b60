/** How often neurons fired, by layer and by hotness. */
import { z } from "zod";
import { count } from "./bounds.js";

export const MOST_BINS = 256; // of a layer

/** [layer][bin]: as many bins in every layer. */
export const heatLayers = z
  .array(z.array(count).min(1).max(MOST_BINS))
  .min(1)
  .max(4096)
  .refine((layers) => layers.every(({ length }) => length === layers[0]?.length), {
    message: "must have as many bins in every layer",
  });

interface Extent {
  from: number;
  to: number;
  neurons: number;
  layers: readonly (readonly number[])[];
}

/** Of some tokens, and of at least one neuron a bin. */
export const hasExtent = ({ from, to, neurons, layers }: Extent): boolean =>
  from < to && neurons >= (layers[0]?.length ?? 0);

import { expect, it } from "vitest";
import { leastStreamedBytes } from "../../../electron/models/streamed.js";

/** A 7B with ReLU in Q4_0, of which some 80 % are FFNs. */
const FACTS = {
  ...({ activation: "relu", experts: 1, layers: 32, embedding: 4096, ffn: 14_336 } as const),
  ...{ parameters: 7.24e9, file_bytes: 4.1e9 },
};

it("what a streamed model needs at the least is a part of it, and grows with all but its FFNs", () => {
  const least = leastStreamedBytes(FACTS)!;
  expect(least).toBeGreaterThan(1.2e9); // attention, head and predictor: 0.8 GB and 0.5 GB
  expect(least).toBeLessThan(0.5 * FACTS.file_bytes);
  expect(leastStreamedBytes({ ...FACTS, parameters: 10e9, file_bytes: 5.7e9 })).toBeGreaterThan(least + 1e9);
});

it.each([{ activation: "silu" as const }, { experts: 8 }, { layers: 0 }, { parameters: 0 }])(
  "%j: a budget does not make it stream",
  (change) => expect(leastStreamedBytes({ ...FACTS, ...change })).toBeNull(),
);

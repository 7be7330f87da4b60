import { describe, expect, it } from "vitest";
import { withBatch } from "../../../electron/runs/batch.js";
import { parseRunRequest } from "../../../electron/runs/parse.js";

const batchOf = (request: object) => withBatch(parseRunRequest(request)).batch;
const memory = 1 << 30;

describe("tokens of a prompt that are computed together", () => {
  it("are the agent's to choose where memory is not limited", () => {
    expect(batchOf({ prompt: "a" })).toBeUndefined();
    expect(batchOf({ promptRandom: 16 })).toBeUndefined();
  });

  it("are in a budget no more than the prompt can have, nor than is usual", () => {
    expect(batchOf({ memory, promptRandom: 16 })).toBe(16);
    expect(batchOf({ memory, promptTokens: [1, 2, 3] })).toBe(3);
    expect(batchOf({ memory, prompt: "Grüße" })).toBe(7 + 8); // bytes, and what a tokeniser adds
    expect(batchOf({ memory, promptRandom: 5000 })).toBe(512);
    expect(batchOf({ memory, prompt: "x".repeat(5000) })).toBe(512);
  });

  it("are what was asked for where somebody did", () => {
    expect(batchOf({ memory, promptRandom: 16, batch: 64 })).toBe(64);
  });
});

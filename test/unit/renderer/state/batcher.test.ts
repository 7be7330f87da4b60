import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Batcher } from "../../../../renderer/state/batcher.js";

const INTERVAL_MS = 200;
let delivered: number[][];
let batcher: Batcher<number>;

beforeEach(() => {
  vi.useFakeTimers();
  delivered = [];
  batcher = new Batcher(
    INTERVAL_MS,
    () => 4,
    (items) => delivered.push(items),
  );
});
afterEach(() => vi.useRealTimers());

describe("a batcher", () => {
  it("hands on the first of a lull at once, and what follows together", async () => {
    for (const item of [1, 2, 3]) batcher.add([item]);
    expect(delivered).toEqual([[1]]);
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    expect(delivered).toEqual([[1], [2, 3]]);
  });

  it("hands on no more in a task than it may, the rest in the next ones, in their order", async () => {
    batcher.add([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(delivered).toEqual([[1, 2, 3, 4]]);
    batcher.add([10]); // waits its turn
    expect(delivered).toHaveLength(1);
    vi.runOnlyPendingTimers();
    expect(delivered).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    vi.runOnlyPendingTimers();
    expect(delivered.flat()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("does not wait for its interval where it is flushed, and keeps nothing where it is cleared", async () => {
    batcher.add([1]);
    batcher.add([2]);
    batcher.flush();
    expect(delivered).toEqual([[1], [2]]);
    batcher.add([3, 4, 5, 6, 7, 8]);
    batcher.clear();
    await vi.advanceTimersByTimeAsync(10 * INTERVAL_MS);
    expect(delivered).toEqual([[1], [2]]);
  });
});

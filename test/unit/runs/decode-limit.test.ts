import { describe, expect, it } from "vitest";
import { PhononError } from "../../../electron/base/errors.js";
import { DecodeLimit, LEAST_TIMED_TOKENS } from "../../../electron/runs/decode-limit.js";
import { startRun } from "../../../electron/runs/execute.js";
import { readRun, rebuildSummary } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "./events.js";
import { FakeWorld } from "./fake-world.js";

useTemporaryHome();

/** The number of tokens after which the limit says that time is up; null: never. */
function endAfter(seconds: number | undefined, tokenMs: number[]): number | null {
  const limit = new DecodeLimit(seconds);
  const last = eventsOf({ tokenMs }).find((event) => limit.reachedBy(event));
  return last?.kind === "token" ? last.index + 1 : null;
}

describe("a limit to decoding time", () => {
  it("is reached by time since the first token, but not before some tokens have come", () => {
    const even = Array<number>(30).fill(100);
    expect(endAfter(1.5, even)).toBe(16); // 15 tokens of 100 ms after the first
    expect(endAfter(0.1, even)).toBe(LEAST_TIMED_TOKENS);
    expect(endAfter(60, even)).toBeNull();
    expect(endAfter(undefined, even)).toBeNull();
  });

  const run = async (world: FakeWorld, seconds: number, signal?: AbortSignal) => {
    const request = { prompt: "Once", tokens: 40, threads: 2, seconds };
    const handle = await startRun(
      request,
      {
        ...(signal && { signal }),
        onEvent: (event) =>
          event.kind === "token" && event.index === 20 && stop?.abort(new PhononError("cancelled", "")),
      },
      world,
    );
    return handle.done;
  };
  let stop: AbortController | undefined;
  const slow = { run: () => ({ tokenMs: Array<number>(39).fill(500) }) };

  it("ends a run as done, with the tokens that came", async () => {
    const summary = await run(new FakeWorld(slow), 6);
    expect(summary).toMatchObject({ status: "done", reason: "time", output_tokens: 13, decode_tps: 2 });
    const kept = (await readRun(summary.run_id))!;
    expect(kept.summary).toEqual(summary);
    expect(await rebuildSummary(kept.dir, kept.record)).toEqual(summary);
  });

  it("leaves a run alone that ends before, or that is cancelled", async () => {
    expect(await run(new FakeWorld(slow), 3600)).toMatchObject({ reason: "length", output_tokens: 40 });
    stop = new AbortController();
    expect(await run(new FakeWorld(slow), 3600, stop.signal)).toMatchObject({ status: "cancelled", output_tokens: 21 });
  });
});

import { describe, expect, it } from "vitest";
import { PhononError } from "../../../electron/base/errors.js";
import { delay, untilAborted, withLimit } from "../../../electron/base/time.js";

const late = (): PhononError => new PhononError("late", "too late");
const never = new Promise<never>(() => undefined);

describe("withLimit", () => {
  it("passes results and errors on", async () => {
    expect(await withLimit({ ms: 1000, error: late }, () => Promise.resolve(7))).toBe(7);
    await expect(withLimit({ ms: 1000, error: late }, () => Promise.reject(new Error("own")))).rejects.toThrow("own");
  });

  it("ends on time, and tells the work", async () => {
    let told: unknown;
    const work = (signal: AbortSignal): Promise<never> => {
      signal.addEventListener("abort", () => (told = signal.reason as unknown));
      return never;
    };
    await expect(withLimit({ ms: 20, error: late }, work)).rejects.toThrow("too late");
    expect(told).toMatchObject({ code: "late" });
  });

  it("ends when its caller gives up, also before it begins", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await expect(withLimit({ ms: 5000, error: late, signal: stop.signal }, () => never)).rejects.toThrow("aborted");
    let begun = false;
    const begin = (): Promise<void> => {
      begun = true;
      return Promise.resolve();
    };
    await expect(withLimit({ ms: 5000, error: late, signal: stop.signal }, begin)).rejects.toThrow("aborted");
    expect(begun).toBe(false);
  });
});

describe("delay", () => {
  it("waits, or ends with the signal", async () => {
    const start = performance.now();
    await delay(30);
    expect(performance.now() - start).toBeGreaterThan(25);
    await expect(delay(5000, AbortSignal.timeout(10))).rejects.toThrow("timeout");
    await expect(delay(5000, AbortSignal.abort(new Error("why")))).rejects.toThrow("why");
    await expect(delay(5000, AbortSignal.abort("text"))).rejects.toThrow("Cancelled");
  });
});

it("untilAborted leaves the promise to itself", async () => {
  const stop = new AbortController();
  const failing = new Promise((_, reject) => setTimeout(() => reject(new Error("later")), 20));
  const waiting = untilAborted(failing, stop.signal);
  stop.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow("stopped");
  await delay(40); // no unhandled rejection
});

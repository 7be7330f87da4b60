/** Made-up lines of the history. */
import { LISTED_STATUSES, type StoredListing } from "../../../electron/store/query.js";

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The i-th run; every one has its own name, many have the same figures, some have none. */
export function listingOf(i: number, random: () => number): StoredListing {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const figure = () => (random() < 0.1 ? null : Math.floor(random() * 100) / 4);
  const began = new Date(Date.UTC(2026, 0, 1) + i * 1000);
  const digits = began.toISOString().replace(/\D/g, "");
  return {
    runId: `${digits.slice(0, 8)}-${digits.slice(8, 14)}-00zzzz`,
    startedAt: began.toISOString(),
    engine: pick(["phonon", "llama.cpp", "llama-bench"]),
    target: pick(["local", "adb:R58M123", "adb:10.0.0.2:5555"]),
    model: pick(["/models/story.gguf", "/models/llama-3.2-1b.gguf"]),
    modelName: pick(["Story", "Llama 3.2 1B", null]),
    comparison: pick([null, "c1"]),
    status: pick(LISTED_STATUSES),
    threads: pick([1, 2, 4, null]),
    promptTokens: figure(),
    outputTokens: figure(),
    ttftMs: figure(),
    prefillTps: figure(),
    decodeTps: figure(),
    peakBytes: figure(),
    problem: pick([null, "damaged"]),
  };
}

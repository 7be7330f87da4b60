/** Waiting that always ends: on time, by an AbortSignal, or both. */
import type { PhononError } from "./errors.js";

/** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(reasonOf(signal));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      if (signal) reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

export interface Limit {
  ms: number;
  /** Thrown when the time is over. */
  error: () => PhononError;
  /** The caller's own wish to stop. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs `work` under a limit. Its signal is aborted when the time is over or the caller's signal is aborted, and the
 * result does not wait for it after that: `work` must let go of what it holds when its signal says so.
 */
export async function withLimit<T>(limit: Limit, work: (signal: AbortSignal) => PromiseLike<T>): Promise<T> {
  limit.signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => {
    if (limit.signal) controller.abort(limit.signal.reason);
  };
  const timer = setTimeout(() => controller.abort(limit.error()), limit.ms);
  limit.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await untilAborted(work(controller.signal), controller.signal);
  } finally {
    clearTimeout(timer);
    limit.signal?.removeEventListener("abort", onAbort);
  }
}

/** `promise`, or the signal's reason when it is aborted first. The promise's own end is then ignored. */
export function untilAborted<T>(promise: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(reasonOf(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener("abort", onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener("abort", onAbort);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new DOMException("Cancelled", "AbortError");
}

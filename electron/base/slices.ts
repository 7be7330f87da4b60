import { setImmediate } from "node:timers/promises";

/** The items one by one; after every `size` of them whatever else is waiting gets its turn. */
export async function* inSlices<T>(items: Iterable<T>, size = 256): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    if (++count % size === 0) await setImmediate();
    yield item;
  }
}

/** Bringing files to a phone: once, resumable, verified, with errors that say what to do. */
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openTarget } from "../../electron/targets/index.js";
import type { Target } from "../../electron/targets/target.js";
import { describePhones } from "./harness/suite.js";
import { type Phone, startPhone, stopPhones } from "./phone.js";
import {
  bytesSent,
  failureOf,
  filesOn,
  phononFolder,
  progressWatch,
  sha256,
  useOwnHome,
  writeRandomFile,
} from "./support.js";

// Sockets and the adb server hold up to 40 MB that were sent and have not arrived; a push that is to be broken off in its
// middle is larger, and slow.
const size = 96 << 20;
const enough = 72 << 20;
const linkMbit = 320;

describePhones("pushing a model to a phone", () => {
  const home = useOwnHome();
  let phone: Phone;
  let target: Target;
  let model: string;
  let hash: string;
  const onPhone = (): string => phone.path(`${phononFolder}/models/${hash}.gguf`);

  beforeAll(async () => {
    model = writeRandomFile(join(home.path, "big.gguf"), size);
    hash = sha256(model);
    phone = await startPhone();
    target = await openTarget(phone.targetId);
  });
  beforeEach(() => phone.restore());
  afterAll(stopPhones);

  test("moves its bytes once, and tells how far it is", async () => {
    const { seen, onProgress } = progressWatch(0);
    const path = await target.putModel(model, { onProgress });
    expect(path).toBe(`${phononFolder}/models/${hash}.gguf`);
    expect(sha256(onPhone())).toBe(hash);
    const pushing = seen.filter((p) => p.phase === "pushing");
    expect(pushing.at(-1)).toMatchObject({ done: size, total: size });
    expect(pushing.map((p) => p.done)).toEqual([...pushing.map((p) => p.done)].sort((a, b) => a - b));
    expect(pushing.some((p) => (p.bytesPerSecond ?? 0) > 1e6 && p.etaSeconds !== null)).toBe(true);

    // Another file of the same content, another opening of the target.
    const copy = join(home.path, "copy.gguf");
    copyFileSync(model, copy);
    const again = await openTarget(phone.targetId);
    const moved = await bytesSent(phone, async () => expect(await again.putModel(copy)).toBe(path));
    expect(moved).toBeLessThan(100_000);
    expect(await filesOn(phone)).toEqual([`models/${hash}.gguf`]);
  });

  test("goes on where an unplug broke it off", async () => {
    await phone.limitLink(linkMbit);
    const { seen, reached, onProgress } = progressWatch(enough);
    const push = failureOf(target.putModel(model, { onProgress }));
    await reached;
    await phone.unplug();
    const begun = Date.now();
    const error = await push;
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect(error.message).toMatch(/unplugged|plugged in/);
    expect(seen.at(-1)?.done).toBeLessThan(size);
    const there = statSync(`${onPhone()}.part`).size;
    expect(there).toBeGreaterThan(8 << 20);

    await phone.limitLink(undefined);
    await phone.replug();
    const second = progressWatch(0);
    const moved = await bytesSent(phone, () => target.putModel(model, { onProgress: second.onProgress }));
    expect(second.seen.find((p) => p.phase === "pushing")?.done).toBeGreaterThanOrEqual(there);
    expect(moved).toBeLessThan((size - there) * 1.05 + 500_000);
    expect(sha256(onPhone())).toBe(hash);
    expect(await filesOn(phone)).toEqual([`models/${hash}.gguf`]);
  });

  test("can be cancelled, and goes on later", async () => {
    await phone.limitLink(linkMbit);
    const { reached, onProgress } = progressWatch(enough);
    const stop = new AbortController();
    const push = target.putModel(model, { onProgress, signal: stop.signal }).then(
      () => "pushed",
      () => "stopped",
    );
    await reached;
    stop.abort();
    expect(await push).toBe("stopped");
    // What was sent before is still arriving there while this push writes to the same file.
    await target.putModel(model);
    expect(sha256(onPhone())).toBe(hash);
  });

  test("finds a damaged beginning, removes it, and succeeds the next time", async () => {
    const part = `${onPhone()}.part`;
    mkdirSync(dirname(part), { recursive: true });
    const damaged = readFileSync(model).subarray(0, 9 << 20);
    damaged[5_000_000] = (damaged[5_000_000] ?? 0) ^ 1;
    writeFileSync(part, damaged);
    const error = await failureOf(target.putModel(model));
    expect(error.code).toBe("push_mismatch");
    expect(error.message).toMatch(/Push again/);
    expect(await filesOn(phone)).toEqual([]);
    await target.putModel(model);
    expect(sha256(onPhone())).toBe(hash);
  });

  test("a hanging cable ends it in bounded time, with what to do", async () => {
    await phone.limitLink(linkMbit);
    const { reached, onProgress } = progressWatch(enough);
    const push = failureOf(target.putModel(model, { onProgress }));
    await reached;
    const begun = Date.now();
    await phone.hang();
    const error = await push;
    expect(Date.now() - begun).toBeLessThan(30_000);
    expect(error.message).toMatch(/cable/);
    await phone.unhang();
    await phone.unplug();
    await phone.replug();
    await target.putModel(model);
    expect(sha256(onPhone())).toBe(hash);
  });
});

describePhones("a phone without space", () => {
  const home = useOwnHome();
  let phone: Phone;
  let target: Target;

  beforeAll(async () => {
    phone = await startPhone({ storageBytes: 320 << 20 });
    target = await openTarget(phone.targetId);
  });
  afterAll(stopPhones);

  test("is known before anything is pushed", async () => {
    phone.fillStorage(32 << 20);
    const model = writeRandomFile(join(home.path, "big.gguf"), 48 << 20);
    const moved = await bytesSent(phone, async () => {
      const error = await failureOf(target.putModel(model));
      expect(error.code).toBe("no_space");
      expect(error.message).toMatch(/free.*needed.*Delete/s);
    });
    expect(moved).toBeLessThan(100_000);
    expect(await filesOn(phone)).toEqual([]);
    expect((await target.preflight()).find((check) => check.status !== "ok")).toMatchObject({
      remedy: expect.any(String) as string,
    });
  });

  test("that fills up in the middle: said, and the push goes on when there is space again", async () => {
    phone.emptyStorage();
    const model = writeRandomFile(join(home.path, "other.gguf"), 48 << 20);
    await phone.limitLink(linkMbit);
    const { reached, onProgress } = progressWatch(8 << 20);
    const push = failureOf(target.putModel(model, { onProgress }));
    await reached;
    phone.fillStorage(0);
    const error = await push;
    expect(error.code).toBe("no_space");
    await phone.limitLink(undefined);
    phone.emptyStorage();
    const path = await target.putModel(model);
    expect(sha256(phone.path(path))).toBe(sha256(model));
  });
});

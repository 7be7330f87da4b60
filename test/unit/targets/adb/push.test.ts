import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { modelPath, modelsFolder } from "../../../../electron/targets/adb/paths.js";
import { pushFile } from "../../../../electron/targets/adb/push.js";
import type { Progress } from "../../../../electron/targets/target.js";
import { codeOf } from "../codes.js";
import { FakeAdb } from "../fake-adb.js";

const pieceBytes = 1024 * 1024;
const bytes = 2 * pieceBytes + 123; // three pieces
const content = randomBytes(bytes);
const sha256 = createHash("sha256").update(content).digest("hex");
const path = modelPath(sha256);

let adb: FakeAdb;
let folder: string;
let localPath: string;
let progress: Progress[];

beforeEach(async () => {
  adb = await FakeAdb.start();
  adb.setDevice("A1", "device");
  folder = await mkdtemp(join(tmpdir(), "phonon-push-"));
  localPath = join(folder, "model.gguf");
  await writeFile(localPath, content);
  progress = [];
});
afterEach(async () => {
  await adb.stop();
  await rm(folder, { recursive: true });
});

const push = (signal?: AbortSignal): Promise<number> => {
  const onProgress = (p: Progress): void => void progress.push(p);
  return pushFile("A1", {
    localPath,
    bytes,
    sha256,
    folder: modelsFolder,
    path,
    pieceBytes,
    stallMs: 500,
    signal,
    onProgress,
  });
};
const there = (): string => adb.path(`phonon/models/${sha256}.gguf`);
const onPhone = (): Promise<string[]> => readdir(adb.path("phonon/models"));

describe("pushFile", () => {
  it("brings the bytes once, verified, and tells how it goes", async () => {
    expect(await push()).toBe(bytes);
    expect((await readFile(there())).equals(content)).toBe(true);
    expect((await stat(there())).mode & 0o777).toBe(0o644);
    expect(progress.map((p) => p.phase).filter((phase, i, all) => phase !== all[i - 1])).toEqual([
      "pushing",
      "verifying",
    ]);
    const pushing = progress.filter((p) => p.phase === "pushing");
    expect(pushing.at(-1)).toMatchObject({ done: bytes, total: bytes, etaSeconds: 0 });
    expect(pushing.every((p, i) => p.done >= (pushing[i - 1]?.done ?? 0))).toBe(true);
    expect(await push()).toBe(0);
    expect(await onPhone()).toEqual([`${sha256}.gguf`]);
  });

  it("goes on where an unplug stopped it", async () => {
    let pieces = 0;
    adb.intercept = (_, __, service) => {
      // The cable goes in the second piece.
      if (service === "sync:" && ++pieces === 2) setImmediate(() => adb.dropConnections());
      return false;
    };
    expect(await codeOf(push())).toBe("device_lost");
    const sent = (await stat(`${there()}.part`)).size;
    expect(sent).toBe(pieceBytes);
    await writeFile(`${there()}.piece-0123456789abcdef`, "of a push that broke off");
    expect(await push()).toBe(bytes - sent);
    expect(await onPhone()).toEqual([`${sha256}.gguf`]);
    expect((await readFile(there())).equals(content)).toBe(true);
  });

  it("stops when its caller gives up, and goes on later", async () => {
    const stop = new AbortController();
    adb.intercept = (_, __, service) => {
      if (service === "sync:") stop.abort();
      return false;
    };
    await expect(push(stop.signal)).rejects.toThrow("aborted");
    adb.intercept = () => false;
    await push();
    expect((await readFile(there())).equals(content)).toBe(true);
  });

  it("removes what does not match, says so, and begins anew", async () => {
    await push();
    await rm(there());
    await writeFile(`${there()}.part`, randomBytes(65536 * 3 + 7)); // another file's bytes under this name
    expect(await codeOf(push())).toBe("push_mismatch");
    expect(await onPhone()).toEqual([]);
    await writeFile(`${there()}.part`, Buffer.alloc(bytes + 1)); // longer than it can be
    expect(await push()).toBe(bytes);
  });

  it("may be done twice at once", async () => {
    const [one, other] = await Promise.all([push(), push()]);
    expect(one + other).toBeGreaterThanOrEqual(bytes);
    expect((await readFile(there())).equals(content)).toBe(true);
    expect(await onPhone()).toEqual([`${sha256}.gguf`]);
  });

  it("makes programs executable, also empty ones", async () => {
    const empty = createHash("sha256").digest("hex");
    await truncate(localPath, 0);
    const options = {
      localPath,
      bytes: 0,
      sha256: empty,
      folder: modelsFolder,
      path: modelPath(empty),
      executable: true,
    };
    await pushFile("A1", options);
    expect((await stat(adb.path(`phonon/models/${empty}.gguf`))).mode & 0o777).toBe(0o755);
  });

  it("says when there is too little space, before anything is sent", async () => {
    adb.commands.set("df -k", "Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/x 1000 900 100 90% /data\n");
    await expect(push()).rejects.toThrow("needed. Delete something there");
    expect(adb.requests).not.toContain("sync:");
  });

  it("says what the phone says when it refuses", async () => {
    const refuse = (message: string) => (socket: Socket, _: string, service: string) => {
      if (service !== "sync:") return false;
      const length = Buffer.alloc(4);
      length.writeUInt32LE(message.length);
      socket.removeAllListeners("data").resume(); // adbd goes on reading
      socket.write(Buffer.concat([Buffer.from("OKAYFAIL"), length, Buffer.from(message)]));
      return true;
    };
    adb.intercept = refuse("couldn't create file: Permission denied");
    await expect(push()).rejects.toThrow("Permission denied");
    adb.intercept = refuse("write failed: No space left on device");
    expect(await codeOf(push())).toBe("no_space");
    expect(await onPhone()).toEqual([]);
  });

  it("says when the file shrinks meanwhile", async () => {
    await truncate(localPath, 1000);
    expect(await codeOf(push())).toBe("file_changed");
  });

  it("gives up on a link that hangs", async () => {
    adb.intercept = (socket, _, service) => {
      if (service !== "sync:") return false;
      socket.write("OKAY");
      socket.removeAllListeners("data").pause();
      return true;
    };
    const start = Date.now();
    await expect(push()).rejects.toThrow("took no data for 1 s");
    expect(Date.now() - start).toBeLessThan(4_000);
  });
});

import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileSize, remoteSha256, removeFile } from "../../../../electron/targets/adb/remote-file.js";
import { codeOf } from "../codes.js";
import { FakeAdb } from "../fake-adb.js";

let adb: FakeAdb;
const path = "/data/local/tmp/phonon/x";

beforeEach(async () => {
  adb = await FakeAdb.start();
  adb.setDevice("A1", "device");
  await mkdir(adb.path("phonon"));
  await writeFile(adb.path("phonon/x"), "hello");
});
afterEach(() => adb.stop());

describe("files on the device", () => {
  it("have sizes and hashes, and can be removed", async () => {
    expect(await fileSize("A1", path)).toBe(5);
    expect(await remoteSha256("A1", path, 5)).toBe(createHash("sha256").update("hello").digest("hex"));
    await removeFile("A1", path);
    expect(await fileSize("A1", path)).toBeNull();
    await expect(remoteSha256("A1", path, 5)).rejects.toThrow("No such file");
  });

  it("are not believed when the device talks nonsense", async () => {
    adb.commands.set("stat", "a lot\n");
    adb.commands.set("sha256sum", "0123 x\n");
    expect(await fileSize("A1", path)).toBeNull();
    expect(await codeOf(remoteSha256("A1", path, 5))).toBe("device_failed");
  });

  it("stop being hashed when nobody waits for it", async () => {
    adb.intercept = (socket, _, service) => service.startsWith("exec:") && socket.write("OKAY");
    await expect(remoteSha256("A1", path, 5, AbortSignal.timeout(100))).rejects.toThrow("timeout");
  });
});

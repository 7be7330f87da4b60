import { createHash } from "node:crypto";
import { appendFile, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { hashFile } from "../../../electron/targets/file-hash.js";
import { codeOf } from "./codes.js";

let folder: string;
let file: string;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "phonon-hash-"));
  vi.stubEnv("PHONON_HOME", join(folder, "home"));
  file = join(folder, "a.gguf");
  await writeFile(file, "abc");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it("hashes once for as long as the file stays the same", async () => {
  const phases: string[] = [];
  const onProgress = ({ phase }: { phase: string }): void => void phases.push(phase);
  expect(await hashFile(file, { onProgress })).toEqual({ path: file, bytes: 3, sha256: sha256("abc") });
  expect(phases).toEqual(["hashing"]);
  await hashFile(file, { onProgress });
  expect(phases.length).toBe(1);
  await appendFile(file, "d");
  expect((await hashFile(file, { onProgress })).sha256).toBe(sha256("abcd"));
  expect(phases.length).toBe(2);
});

it("does without its memory when that is damaged", async () => {
  await hashFile(file);
  const memory = join(folder, "home", "hashes.json");
  expect(JSON.parse(await readFile(memory, "utf-8"))).toHaveProperty([file]);
  for (const damage of ["{", "[]", JSON.stringify({ [file]: { sha256: "x" } })]) {
    await writeFile(memory, damage);
    expect((await hashFile(file)).sha256).toBe(sha256("abc"));
  }
});

it("says what is not there or no file", async () => {
  expect(await codeOf(hashFile(join(folder, "none")))).toBe("file_missing");
  expect(await codeOf(hashFile(join(file, "below")))).toBe("file_missing");
  expect(await codeOf(hashFile(folder))).toBe("file_invalid");
  await symlink(file, join(folder, "link"));
  expect((await hashFile(join(folder, "link"))).bytes).toBe(3);
});

it("stops when nobody waits for it", async () => {
  await expect(hashFile(file, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
});

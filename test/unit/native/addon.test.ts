/** The addon itself, loaded into this process: equal to phonon-model, and not to be brought down by what it is given. */
import { execFile, execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { builtInModel } from "../../../electron/models/index.js";
import { modelTool } from "../../../electron/models/paths.js";
import { useTemporaryHome } from "../home.js";
import { HOSTILE } from "./gguf.js";

interface Addon {
  inspect(...args: unknown[]): Promise<string>;
  plan(...args: unknown[]): Promise<string>;
  limitMemory(...args: unknown[]): boolean;
}
const addon = createRequire(import.meta.url)("../../../build/addon/phonon.node") as Addon;
vi.setConfig({ testTimeout: 60_000 }); // the tool is a process for each file
const home = useTemporaryHome();

/** What the tool prints on standard output, whatever its exit status. */
async function toolLine(path: string): Promise<string> {
  const run = promisify(execFile)(modelTool(), ["inspect", path], { maxBuffer: 1 << 24 });
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  return stdout.trimEnd();
}

async function errorOf(path: string): Promise<{ code: string; message: string }> {
  const line = await addon.inspect(path);
  expect(line).toBe(await toolLine(path));
  return (JSON.parse(line) as { error: { code: string; message: string } }).error;
}

describe("addon: what it says", () => {
  it("of a good file is what phonon-model says", async () => {
    const line = await addon.inspect(builtInModel());
    expect(line).toBe(await toolLine(builtInModel()));
    expect(JSON.parse(line)).toMatchObject({ architecture: "smallthinker", layers: 6, tensors: 62 });
  });

  it.each(HOSTILE)("of a hostile file is an error that names it: %s", async (_what, bytes, says) => {
    const path = join(home(), "hostile.gguf");
    await writeFile(path, bytes());
    const { code, message } = await errorOf(path);
    expect(code).toMatch(/^(file_invalid|unsupported_architecture)$/);
    expect(message).toContain(path);
    expect(message).toContain(says);
  });

  it("of a file that was cut anywhere is an error", async () => {
    const whole = await readFile(builtInModel());
    for (const size of [1, 4, 11, 24, 100, 1000, 40_000, 80_000, whole.length - 1]) {
      const path = join(home(), `cut-${size}.gguf`);
      await writeFile(path, whole.subarray(0, size));
      expect(await errorOf(path)).toMatchObject({ code: "file_invalid" });
    }
  });

  it("of what is no file is an error, at once", async () => {
    const [folder, pipe] = [join(home(), "folder"), join(home(), "pipe")];
    await mkdir(folder);
    execFileSync("mkfifo", [pipe]);
    expect(await errorOf(join(home(), "none"))).toMatchObject({ code: "file_missing" });
    expect(await errorOf(folder)).toMatchObject({ code: "file_invalid" });
    expect(await errorOf(pipe)).toMatchObject({ code: "file_invalid" });
    expect(await errorOf("/dev/zero")).toMatchObject({ code: "file_invalid" });
    expect(JSON.parse(await addon.inspect(`${builtInModel()}\0.txt`))).toMatchObject({
      error: { code: "file_missing" },
    });
  });

  it("is the same for many files at once", async () => {
    const line = await toolLine(builtInModel());
    const lines = await Promise.all(Array.from({ length: 64 }, () => addon.inspect(builtInModel())));
    expect(new Set(lines)).toEqual(new Set([line]));
  });
});

describe("addon: wrong arguments", () => {
  it.each([[[]], [[1]], [[null]], [[{}]], [[["a"]]], [[Symbol("path")]], [[Buffer.from("a")]]])(
    "are a TypeError of inspect: %o",
    (args) => expect(() => addon.inspect(...args)).toThrow(TypeError),
  );

  it.each([[[]], [["a"]], [["a", {}]], [[1, "{}"]]])("are a TypeError of plan: %o", (args) =>
    expect(() => addon.plan(...args)).toThrow(TypeError),
  );

  it.each([[[]], [["1"]], [[NaN]], [[0]], [[-1]], [[Infinity]], [[2 ** 60]], [[1n]]])(
    "are a TypeError of limitMemory: %o",
    (args) => expect(() => addon.limitMemory(...args)).toThrow(TypeError),
  );
});

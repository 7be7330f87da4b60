import { access } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runModelTool, type ToolOptions } from "../../../electron/models/tool.js";
import { useTemporaryHome } from "../home.js";
import { makeProgram, say } from "../scripts.js";

const home = useTemporaryHome();
const run = async (script: string, options: ToolOptions = {}, args: string[] = []) =>
  runModelTool(args, { program: await makeProgram(home(), "tool", script), ...options });

describe("phonon-model as a child process", () => {
  it("gives what it printed, and its standard error line by line", async () => {
    const lines: string[] = [];
    const output = await run('echo "$@"; echo one >&2; echo two >&2', { onStderrLine: (line) => lines.push(line) }, [
      "a b",
      "c",
    ]);
    expect(output).toBe("a b c\n");
    expect(lines).toEqual(["one", "two"]);
  });

  it.each([
    [
      "its own error",
      `${say('{"error":{"code":"file_invalid","message":"tensor 3 overlaps"}}')}; exit 1`,
      "file_invalid",
      "tensor 3 overlaps",
    ],
    ["its last words", "echo phonon-model: out of luck >&2; exit 1", "tool_failed", "out of luck"],
    ["its exit status when it said nothing", "exit 7", "tool_failed", "exit status 7"],
    ["that it crashed", "kill -SEGV $$", "tool_crashed", "SIGSEGV"],
  ])("says %s", async (_, script, code, message) => {
    await expect(run(script)).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  it("is ended when it prints without end", async () => {
    await expect(run("exec yes")).rejects.toThrow("more than 4 MiB");
  });

  it("may tidy up when it is cancelled", async () => {
    const stop = new AbortController();
    const mark = join(home(), "tidied");
    const script = `trap 'touch ${mark}; exit 1' TERM; echo ready >&2; while :; do sleep 0.05; done`;
    const going = run(script, { signal: stop.signal, onStderrLine: () => stop.abort() });
    await expect(going).rejects.toMatchObject({ code: "cancelled" });
    await access(mark);
  });

  it("does not start when it is cancelled already, or not built", async () => {
    await expect(run("exit 0", { signal: AbortSignal.abort() })).rejects.toThrow();
    const missing = runModelTool([], { program: join(home(), "none") });
    await expect(missing).rejects.toMatchObject({
      code: "not_built",
      message: expect.stringContaining("npm run setup") as string,
    });
  });
});

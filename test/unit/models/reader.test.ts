/** The reader over a process that does what a test tells it to; over the real one: test/unit/native. */
import { describe, expect, it, vi } from "vitest";
import type { WorkerProcess } from "../../../electron/models/reader/process.js";
import { Reader } from "../../../electron/models/reader/reader.js";
import { builtInModel } from "../../../electron/models/index.js";

class FakeProcess implements WorkerProcess {
  pid = 1;
  posted: unknown[] = [];
  held: boolean[] = [];
  killed = 0;
  say: (message: unknown) => void = () => undefined;
  end: (how: string) => void = () => undefined;

  post = (message: unknown) => void this.posted.push(message);
  onMessage = (listener: (message: unknown) => void) => void (this.say = listener);
  onEnd = (listener: (how: string) => void) => void (this.end = listener);
  kill = () => {
    this.killed++;
  };
  hold = (wait: boolean) => void this.held.push(wait);
}

function setUp() {
  const processes: FakeProcess[] = [];
  const started: string[][] = [];
  const launch = (file: string, args: string[]) => {
    started.push([file, ...args]);
    const fake = new FakeProcess();
    processes.push(fake);
    return fake;
  };
  const reader = new Reader({ launch, addon: builtInModel(), memoryBytes: 1000 }); // any file will do for an addon
  return { reader, processes, started };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("reader of model files", () => {
  it("starts one process when there is something to read, and asks one question at a time", async () => {
    const { reader, processes, started } = setUp();
    expect(processes).toHaveLength(0);
    const answers = Promise.all([reader.inspect("/a"), reader.inspect("/b")]);
    await settled();
    expect(started).toEqual([[expect.stringMatching(/native.worker\.mjs$/), builtInModel(), "1000"]]);
    const [fake] = processes;
    expect(fake?.posted).toEqual([]);
    fake?.say({ kind: "ready" });
    await settled();
    expect(fake?.posted).toEqual([{ kind: "inspect", path: "/a" }]);
    fake?.say({ kind: "answer", line: "A" });
    await settled();
    fake?.say({ kind: "answer", line: "B" });
    expect(await answers).toEqual(["A", "B"]);
    expect(fake?.held).toEqual([true, false, true, false]); // the program waits for it only while it reads
  });

  it.each([
    ["says that it cannot work", { kind: "broken", message: "no symbol" }, "no symbol"],
    ["answers before it is ready", { kind: "answer", line: "{}" }, '"answer" instead of "ready"'],
    ["says what it never says", { kind: "rm -rf" }, "never sends"],
    ["says nothing at all", null, "never sends"],
    ["answers without end", { kind: "answer", line: "x".repeat(5_000_000) }, "never sends"],
  ])("ends a process that %s, and starts another for the next file", async (_what, message, says) => {
    const { reader, processes } = setUp();
    const first = expect(reader.inspect("/a")).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining(says) as string,
    });
    await settled();
    processes[0]?.say(message);
    await first;
    expect(processes[0]?.killed).toBe(1);
    const second = reader.inspect("/b");
    await settled();
    processes[1]?.say({ kind: "ready" });
    await settled();
    processes[1]?.say({ kind: "answer", line: "B" });
    expect(await second).toBe("B");
  });

  it("says why a process could not be started", async () => {
    const { reader, processes } = setUp();
    const read = expect(reader.inspect("/a")).rejects.toThrow("/a: the process that read it ended (out of processes)");
    await settled();
    processes[0]?.end("out of processes");
    await read;
  });

  it("says what to do when the addon was not built", async () => {
    const reader = new Reader({ addon: "/nonexistent/phonon.node", launch: vi.fn() });
    await expect(reader.inspect("/a")).rejects.toMatchObject({
      code: "not_built",
      message: expect.stringMatching(/npm run setup|built on Linux/) as string,
    });
  });
});

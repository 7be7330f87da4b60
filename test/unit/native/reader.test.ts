/** The real reader in its real process, which is disturbed from outside as a hostile file would from inside. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { projectRoot } from "../../../electron/agent/builds.js";
import { builtInModel, inspectFile } from "../../../electron/models/index.js";
import { launchNode, type Launch } from "../../../electron/models/reader/process.js";
import { Reader, type ReaderOptions } from "../../../electron/models/reader/reader.js";
import { useTemporaryHome } from "../home.js";
import { greedyFile } from "./gguf.js";

vi.setConfig({ testTimeout: 60_000 }); // processes start slowly on a busy machine
const home = useTemporaryHome();
const opened: Reader[] = [];
let pids: number[] = []; // of the processes of this test, in order

const allEnded = (mine: readonly number[]) =>
  vi.waitFor(() => expect(mine.filter(isAlive)).toEqual([]), { timeout: 20_000 });

afterEach(async () => {
  const mine = pids;
  pids = [];
  opened.splice(0).forEach((reader) => reader.close());
  await allEnded(mine);
});

const launch: Launch = (file, args) => {
  const worker = launchNode(file, args);
  pids.push(worker.pid!);
  return worker;
};

function open(options: Partial<ReaderOptions> = {}): Reader {
  const reader = new Reader({ launch, ...options });
  opened.push(reader);
  return reader;
}

const isAlive = (pid: number) => existsSync(`/proc/${pid}`);
const layersOf = async (reader: Reader) => (await inspectFile(builtInModel(), { reader })).layers;

describe("reader: one process", () => {
  it("reads many files, asked for at once or one after the other", async () => {
    const reader = open();
    const many = await Promise.all(Array.from({ length: 100 }, () => layersOf(reader)));
    expect(new Set(many)).toEqual(new Set([6]));
    expect(await layersOf(reader)).toBe(6);
    expect(pids).toHaveLength(1);
  });

  it("is not this one", async () => {
    await layersOf(open());
    expect(pids[0]).not.toBe(process.pid);
  });

  it("ends when there is nothing to read for a while, and starts again", async () => {
    const reader = open({ idleMs: 50 });
    await layersOf(reader);
    await allEnded(pids);
    expect(await layersOf(reader)).toBe(6);
    expect(pids).toHaveLength(2);
  });
});

it("reader: its process ends with the program, even one that is killed", async () => {
  const script = `
    const child = require("node:child_process").fork("native/worker.mjs", ["build/addon/phonon.node", String(2 ** 28)]);
    child.on("message", () => process.stdout.write(String(child.pid)));`;
  const program = spawn(process.execPath, ["-e", script], { cwd: projectRoot, stdio: ["ignore", "pipe", "ignore"] });
  const [pid] = (await once(program.stdout, "data")) as [Buffer];
  expect(isAlive(Number(String(pid)))).toBe(true);
  program.kill("SIGKILL");
  await allEnded([Number(String(pid))]);
});

describe("reader: a process that dies, hangs or takes too much", () => {
  it.each(["SIGKILL", "SIGSEGV", "SIGABRT"] as const)(
    "%s in the middle is an error about that file; the next one is read",
    async (signal) => {
      const reader = open();
      await layersOf(reader);
      process.kill(pids[0]!, "SIGSTOP"); // so that it is in the middle
      const read = [inspectFile("/a.gguf", { reader }), layersOf(reader)] as const;
      process.kill(pids[0]!, signal);
      process.kill(pids[0]!, "SIGCONT");
      await expect(read[0]).rejects.toMatchObject({
        code: "reader_crashed",
        message: expect.stringContaining(`/a.gguf: the process that read it ended (${signal}); `) as string,
      });
      expect(await read[1]).toBe(6);
      expect(pids).toHaveLength(2);
    },
  );

  it("a hang ends with the time limit, and is an error about that file", async () => {
    const reader = open({ timeoutMs: 5000 });
    await layersOf(reader);
    process.kill(pids[0]!, "SIGSTOP");
    await expect(inspectFile("/a.gguf", { reader })).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining("/a.gguf: reading it took longer than 5 s") as string,
    });
    expect(await layersOf(open())).toBe(6);
    expect(await layersOf(reader)).toBe(6);
  });

  it("a file that takes more memory than allowed is an error about it; the next one is read", async () => {
    const greedy = join(home(), "greedy.gguf");
    await writeFile(greedy, greedyFile(500_000));
    const generous = open();
    await expect(inspectFile(greedy, { reader: generous })).rejects.toMatchObject({ code: "file_invalid" });
    const reader = open({ memoryBytes: 8 << 20 });
    await expect(inspectFile(greedy, { reader })).rejects.toMatchObject({
      code: expect.stringMatching(/^(out_of_memory|reader_crashed)$/) as string, // whichever part asks for too much first
      message: expect.stringContaining(`${greedy}: `) as string,
    });
    expect(await layersOf(reader)).toBe(6);
  });

  it("what is cancelled ends at once", async () => {
    const reader = open();
    await layersOf(reader);
    process.kill(pids[0]!, "SIGSTOP");
    const stop = new AbortController();
    const read = inspectFile("/a.gguf", { reader, signal: stop.signal });
    await new Promise(setImmediate); // it is asked now
    stop.abort();
    await expect(read).rejects.toMatchObject({ code: "cancelled" });
    expect(await layersOf(reader)).toBe(6);
    await expect(inspectFile("/a.gguf", { reader, signal: stop.signal })).rejects.toThrow();
  });
});

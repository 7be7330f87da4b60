/** The real `phonon` command as a child process, with a data folder of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";

const root = join(import.meta.dirname, "../..");
const launcher = join(root, "electron/cli/phonon.mjs");

export interface Finished {
  status: number | null;
  out: string;
  err: string;
}

export interface Going {
  child: ChildProcess;
  finished: Promise<Finished>;
  /** Resolves when this many characters have come on standard output. */
  wrote(characters: number): Promise<void>;
}

/** Ctrl-C when the program says this on standard error; once, because a second one would end it on the spot. */
export function interruptAt({ child }: Going, words: string): void {
  let isInterrupted = false;
  child.stderr!.on("data", (text: string) => {
    if (!isInterrupted && text.includes(words)) isInterrupted = child.kill("SIGINT");
  });
}

/** A command line for every test of the block; none of its processes may be left when the test ends. */
export function useCli(): () => Cli {
  let cli: Cli;
  beforeEach(async () => {
    cli = await Cli.open();
  });
  afterEach(async () => {
    const left = await cli.processes();
    await cli.close();
    expect(left).toEqual([]);
  });
  return () => cli;
}

export class Cli {
  private constructor(readonly home: string) {}

  static async open(): Promise<Cli> {
    const home = await mkdtemp(join(tmpdir(), "phonon-cli-"));
    await mkdir(join(home, "tmp"));
    return new Cli(home);
  }

  start(args: readonly string[], input = ""): Going {
    const child = spawn(process.execPath, [launcher, ...args], {
      cwd: root,
      env: { ...process.env, PHONON_HOME: this.home, TMPDIR: join(this.home, "tmp"), NO_COLOR: "1" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    const listeners = new Set<() => void>();
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      listeners.forEach((listener) => listener());
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      listeners.forEach((listener) => listener());
    });
    child.stdin.on("error", () => undefined); // a command that does not read it may have ended
    child.stdin.end(input);
    const finished = new Promise<Finished>((resolve) => {
      child.on("close", (status) => resolve({ status, out, err }));
    });
    const wrote = (characters: number) =>
      new Promise<void>((resolve, reject) => {
        const look = () => out.length >= characters && resolve();
        listeners.add(look);
        look();
        void finished.then(() => reject(new Error(`it ended too early: ${out}${err}`)));
      });
    return { child, finished, wrote };
  }

  run(...args: string[]): Promise<Finished> {
    return this.start(args).finished;
  }

  /** The one JSON object that a command prints; it must end with status 0. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { status, out, err } = await this.run(...args, "--json");
    if (status !== 0) throw new Error(`phonon ${args.join(" ")} ended with ${status}: ${err}`);
    return JSON.parse(out) as T;
  }

  /** Processes that were started by these commands and are still there, by their environment. */
  async processes(): Promise<number[]> {
    const mine: number[] = [];
    for (const name of await readdir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const environment = await readFile(`/proc/${name}/environ`, "latin1").catch(() => ""); // gone, or not ours
      if (environment.split("\0").includes(`PHONON_HOME=${this.home}`)) mine.push(Number(name));
    }
    return mine;
  }

  async close(): Promise<void> {
    for (const pid of await this.processes()) process.kill(pid, "SIGKILL");
    await rm(this.home, { recursive: true, force: true });
  }
}

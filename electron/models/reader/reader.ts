/**
 * Reads model files in a process beside this one, with the engine's own C++ reader (native/). Whatever a hostile file
 * does there (a crash, a hang, memory without end) is an error about that file; the next file gets a new process.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../agent/builds.js";
import { PhononError } from "../../base/errors.js";
import { launchNode, type Launch } from "./process.js";
import { Ended, Worker, type Question } from "./worker.js";

export interface ReaderOptions {
  launch: Launch;
  addon: string;
  timeoutMs: number; // for one file
  memoryBytes: number; // beyond what the process needs for itself; where the system can limit it
  idleMs: number; // without a file to read, after which the process ends
}

const DEFAULTS: ReaderOptions = {
  launch: launchNode,
  addon: join(projectRoot, "build", "addon", "phonon.node"),
  timeoutMs: 30_000, // metadata only: even a vocabulary of 256 000 tokens is read in well under a second
  memoryBytes: 2 ** 30, // the reader takes no more than 128 MiB of metadata
  idleMs: 20_000,
};

export class Reader {
  readonly #options: ReaderOptions;
  #last: Promise<unknown> = Promise.resolve();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: Partial<ReaderOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** The line that `phonon-model inspect` prints for the file. */
  inspect(path: string, signal?: AbortSignal): Promise<string> {
    return this.#inTurn({ kind: "inspect", path }, signal);
  }

  /** The plan of a run of the file, as a line of JSON. `request`: see tools/plan_request.h. */
  plan(path: string, request: object, signal?: AbortSignal): Promise<string> {
    return this.#inTurn({ kind: "plan", path, request: JSON.stringify(request) }, signal);
  }

  /** One file is read at a time, so that it is known which one brought the process down. */
  #inTurn(question: Question, signal: AbortSignal | undefined): Promise<string> {
    const line = this.#last.then(() => this.#ask(question, signal));
    this.#last = line.catch(() => undefined);
    return line;
  }

  async #ask(question: Question, signal: AbortSignal | undefined): Promise<string> {
    const { path } = question;
    signal?.throwIfAborted();
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= this.#start());
    const { timeoutMs, idleMs } = this.#options;
    const late = new PhononError("timeout", `${path}: reading it took longer than ${timeoutMs / 1000} s`);
    const timer = setTimeout(() => worker.stop(late), timeoutMs);
    const onAbort = () => worker.stop(new PhononError("cancelled", "Cancelled."));
    signal?.addEventListener("abort", onAbort, { once: true });
    worker.process.hold(true);
    try {
      return await worker.ask(question);
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      const what = `the process that read it ended (${error.message}); the file may be damaged, or made to do harm`;
      throw new PhononError("reader_crashed", `${path}: ${what}`);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      worker.process.hold(false);
      this.#idle = setTimeout(() => this.close(), idleMs).unref();
    }
  }

  /** Ends the process; the next file gets a new one. */
  close(): void {
    clearTimeout(this.#idle);
    this.#worker?.stop(new PhononError("cancelled", "Cancelled."));
  }

  #start(): Worker {
    const { launch, addon, memoryBytes } = this.#options;
    if (!existsSync(addon)) throw new PhononError("not_built", `${addon} is missing. ${howToBuild()}`);
    const file = join(projectRoot, "native", "worker.mjs");
    const worker = new Worker(launch(file, [addon, String(memoryBytes)]), () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    return worker;
  }
}

function howToBuild(): string {
  if (process.platform === "linux") return 'Run "npm run setup", which builds it.';
  return `It reads model files, and is built on Linux only so far, not on ${process.platform}.`;
}

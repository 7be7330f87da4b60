/** The reading process as one that is asked and answers, or is found to have ended. */
import { z } from "zod";
import { PhononError } from "../../base/errors.js";
import type { WorkerProcess } from "./process.js";

const MAX_LINE = 4 * 1024 * 1024; // characters

/** What native/worker.mjs says. */
const messageSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("broken"), message: z.string().max(4096) }),
  z.object({ kind: z.literal("answer"), line: z.string().max(MAX_LINE) }),
]);
type Message = z.infer<typeof messageSchema>;

/** What it can be asked. `request`: JSON as text. */
export type Question = { kind: "inspect"; path: string } | { kind: "plan"; path: string; request: string };

/** Nobody stopped it: it ended in the middle of something. The message says how. */
export class Ended extends Error {}

export class Worker {
  readonly #ready: Promise<unknown>;
  #next: { resolve: (message: Message) => void; reject: (error: Error) => void } | undefined;
  #ended: Error | undefined;

  /** `onEnd` is called as soon as the process is not to be used again. */
  constructor(
    readonly process: WorkerProcess,
    private readonly onEnd: () => void,
  ) {
    this.#ready = this.#receive("ready");
    this.#ready.catch(() => undefined); // whoever asks hears of it
    process.onMessage((foreign) => {
      const { data } = messageSchema.safeParse(foreign);
      if (data === undefined) this.stop(broken("it sent what it never sends"));
      else this.#next?.resolve(data);
    });
    process.onEnd((how) => this.#end(new Ended(how)));
  }

  /** One question at a time. */
  async ask(question: Question): Promise<string> {
    await this.#ready;
    const answer = this.#receive("answer");
    this.process.post(question);
    return (await answer).line;
  }

  /** Ends the process at once; whoever waits gets `reason`. */
  stop(reason: Error): void {
    this.#end(reason);
    this.process.kill();
  }

  #end(reason: Error): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.onEnd();
    this.#next?.reject(reason);
  }

  async #receive<K extends Message["kind"]>(kind: K): Promise<Extract<Message, { kind: K }>> {
    if (this.#ended) throw this.#ended;
    const next = await new Promise<Message>((resolve, reject) => {
      this.#next = { resolve, reject };
    });
    if (next.kind === kind) return next as Extract<Message, { kind: K }>;
    const error = broken(next.kind === "broken" ? next.message : `it said "${next.kind}" instead of "${kind}"`);
    this.stop(error);
    throw error;
  }
}

const broken = (why: string) => new PhononError("internal", `the reader of model files does not work: ${why}`);

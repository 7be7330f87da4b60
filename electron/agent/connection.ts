/**
 * One stream to an agent, greeted. Owns the socket: every error, a malformed line, and the end of the stream destroy it
 * and reject what still waits for an answer.
 */
import type { Duplex } from "node:stream";
import { PhononError } from "../base/errors.js";
import { withLimit } from "../base/time.js";
import { LineSplitter, decodeLine, encodeLine, excerpt, malformed } from "./codec.js";
import { protocolVersion, reply } from "./messages/replies.js";
import type { Greeting, Hello, Reply } from "./messages/replies.js";
import type { AgentEvent } from "./messages/events.js";

export interface Answer {
  ok: boolean;
  fields: Record<string, unknown>; // the whole line
}

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

const greetingMs = 10_000;

export class AgentConnection {
  readonly greeting: Greeting;
  /** Events in the order in which they come. Without a listener they are dropped. */
  onEvent: ((event: AgentEvent) => void) | undefined;

  private readonly waiting = new Map<number, Waiting>();
  private readonly gone = new AbortController();
  private nextId = 1;

  private constructor(
    private readonly socket: Duplex,
    greeting: Greeting,
  ) {
    this.greeting = greeting;
  }

  /** Says hello on a fresh socket. Takes the socket: it is destroyed on failure. */
  static async open(socket: Duplex, hello: Hello, signal?: AbortSignal): Promise<AgentConnection> {
    const silent = (): PhononError =>
      new PhononError("agent_silent", `The agent did not greet within ${greetingMs / 1000} s.`);
    const lines = new LineSplitter();
    try {
      const first = await withLimit({ ms: greetingMs, error: silent, signal }, () => {
        const greeted = firstReply(socket, lines);
        socket.write(encodeLine(hello));
        return greeted;
      });
      const connection = new AgentConnection(socket, checkGreeting(first.reply));
      connection.listen(lines, first.rest);
      return connection;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** Aborted, with the reason, as soon as the connection is of no use any more. */
  get closed(): AbortSignal {
    return this.gone.signal;
  }

  /** Sends a request and waits for its answer, whatever it is. */
  async ask(message: { type: string; [field: string]: unknown }, ms: number): Promise<Answer> {
    const id = this.nextId;
    this.nextId = id >= 4_294_967_295 ? 1 : id + 1;
    const line = encodeLine({ ...message, id });
    const late = (): PhononError =>
      new PhononError("agent_silent", `The agent did not answer "${message.type}" within ${ms / 1000} s.`);
    try {
      return await withLimit({ ms, error: late, signal: this.closed }, () => {
        const answer = new Promise<Answer>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
        this.socket.write(line);
        return answer;
      });
    } finally {
      this.waiting.delete(id);
    }
  }

  /** Stops reading, so that the agent's side of the stream fills up; `resume` goes on. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(reason: Error = new PhononError("connection_lost", "The connection to the agent was closed.")): void {
    if (this.closed.aborted) return;
    this.socket.destroy();
    this.gone.abort(reason);
    for (const { reject } of this.waiting.values()) reject(reason);
    this.waiting.clear();
  }

  private listen(lines: LineSplitter, rest: Buffer[]): void {
    const lost = (cause?: unknown): void =>
      this.destroy(new PhononError("connection_lost", "The connection to the agent was lost.", { cause }));
    this.socket.on("error", lost);
    this.socket.on("close", () => lost());
    this.socket.on("end", () => lost());
    this.socket.on("data", (chunk: Buffer) => {
      this.guard(() => lines.push(chunk).forEach((line) => this.take(line)));
    });
    this.guard(() => rest.forEach((line) => this.take(line)));
    this.socket.resume();
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private take(line: Buffer): void {
    if (this.closed.aborted) return;
    const message = parseReply(line);
    switch (message.type) {
      case "event":
        return this.onEvent?.(message);
      case "ok":
        return this.waiting.get(message.id)?.resolve({ ok: true, fields: message });
      case "error": {
        // Without an id it concerns the connection, which the agent is about to close.
        if (message.id === undefined) throw new PhononError(message.code, `The agent says: ${message.message}`);
        return this.waiting.get(message.id)?.resolve({ ok: false, fields: message });
      }
      case "greeting":
        throw malformed("it greeted twice");
    }
  }
}

export function parseReply(line: Uint8Array): Reply {
  const parsed = reply.safeParse(decodeLine(line));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw malformed(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"} in ${excerpt(line)}`);
}

/** The first message on a socket, and the lines that came with it. Listeners are gone when it settles. */
function firstReply(socket: Duplex, lines: LineSplitter): Promise<{ reply: Reply; rest: Buffer[] }> {
  return new Promise((resolve, reject) => {
    const settle = (result: () => void): void => {
      socket.pause();
      socket.off("data", onData).off("close", onClose).off("end", onClose);
      result();
    };
    const onClose = (): void => {
      const closed = new PhononError("connection_lost", "The agent closed the connection instead of greeting.");
      settle(() => reject(closed));
    };
    const onData = (chunk: Buffer): void => {
      try {
        const [line, ...rest] = lines.push(chunk);
        if (!line) return;
        const first = parseReply(line);
        settle(() => resolve({ reply: first, rest }));
      } catch (error) {
        settle(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    };
    socket.on("data", onData).on("close", onClose).on("end", onClose);
    socket.on("error", onClose); // stays, so that a late error is nobody's crash
  });
}

function checkGreeting(first: Reply): Greeting {
  if (first.type === "error") {
    const hint = first.code === "protocol_version" ? " Run `npm run setup` to build this version's agents." : "";
    throw new PhononError(first.code, `The agent refused the connection: ${first.message}.${hint}`);
  }
  if (first.type !== "greeting") throw malformed(`it began with "${first.type}" instead of a greeting`);
  if (first.protocol !== protocolVersion) {
    throw new PhononError(
      "protocol_version",
      `The agent (version ${first.version}) speaks protocol ${first.protocol}, this program ${protocolVersion}. ` +
        "Run `npm run setup` to build this version's agents.",
    );
  }
  return first;
}

/** A session with one agent: typed requests, a run's events without gaps, an orderly end. */
import { PhononError } from "../base/errors.js";
import { delay } from "../base/time.js";
import { malformed } from "./codec.js";
import type { AgentConnection } from "./connection.js";
import { streamEvents } from "./event-stream.js";
import { Link, isPassing } from "./link.js";
import type { LinkOptions } from "./link.js";
import type { AgentEvent } from "./messages/events.js";
import type { LoadReport } from "./messages/facts.js";
import { errorReply } from "./messages/replies.js";
import type { Greeting } from "./messages/replies.js";
import { requests } from "./messages/requests.js";
import type { LoadConfig, RequestMessage, RequestResult, RequestType } from "./messages/requests.js";

export interface AgentSession {
  readonly greeting: Greeting;
  /**
   * Sends a request and returns its result; an error answer is thrown as a PhononError with the agent's code. A
   * connection that is lost meanwhile is made again, and the request is sent again where that cannot do it twice.
   */
  request<T extends RequestType>(message: RequestMessage<T>): Promise<RequestResult<T>>;
  load(config: LoadConfig): Promise<LoadReport>;
  /**
   * A run's (or score's) events from `fromSeq` (default 1) to its last, "ended", in order and each once. Continues over
   * lost connections until the agent's lease would have ended; then throws PhononError "agent_lost". A slow reader
   * slows the stream, not the run. Leaving the loop early is fine.
   */
  events(runId: string, fromSeq?: number): AsyncIterable<AgentEvent>;
  /** Asks the run to end; it is no error if it has ended already. */
  cancel(runId: string): Promise<void>;
  /** Ends the agent and gives back what the session holds. Never throws; may be called again. */
  close(): Promise<void>;
}

export interface SessionOptions extends LinkOptions {
  /** What must have been started; anything else is refused. */
  expect?: { engine: string; version: string };
  /** Called once, at the end of the session or when it could not be opened. */
  release: () => Promise<void>;
}

const answerMs: Record<RequestType, number> = {
  renew: 10_000,
  status: 10_000,
  load: 1_800_000, // tens of gigabytes from slow storage
  unload: 60_000,
  run: 120_000, // answered when the prompt is tokenised
  score: 120_000,
  probe: 120_000,
  pack: 120_000,
  check_pack: 60_000,
  pack_profile: 60_000,
  cancel: 15_000,
  attach: 15_000,
  tokenize: 60_000,
  shutdown: 3_000,
};
/** Requests whose second arrival changes nothing. Runs of any kind are looked after by `askForRun`. */
const repeatable = new Set<RequestType>([
  "renew",
  "status",
  "load",
  "unload",
  "cancel",
  "attach",
  "tokenize",
  "check_pack",
  "pack_profile",
]);
const busyPauseMs = 300;

export async function openSession(options: SessionOptions): Promise<AgentSession> {
  try {
    const link = await Link.open(options);
    try {
      checkExpected(link.greeting, options.expect);
    } catch (error) {
      await sayShutdown(link.now);
      link.stop();
      throw error;
    }
    return new Session(link, options.release);
  } catch (error) {
    await options.release();
    throw error;
  }
}

class Session implements AgentSession {
  readonly greeting: Greeting;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly link: Link,
    private readonly release: () => Promise<void>,
  ) {
    this.greeting = link.greeting;
  }

  async request<T extends RequestType>(message: RequestMessage<T>): Promise<RequestResult<T>> {
    const { type } = message;
    const body = requests[type].request.safeParse(message);
    if (!body.success) {
      const issue = body.error.issues[0];
      throw new PhononError("bad_request", `${type}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}.`);
    }
    const line = { type, ...body.data };
    const runs = type === "run" || type === "score" || type === "probe" || type === "pack";
    const fields = runs && "run" in line && line.run ? this.askForRun(line, line.run) : this.ask(line);
    const result = requests[type].result.safeParse(await fields);
    if (result.success) return result.data as RequestResult<T>;
    const issue = result.error.issues[0];
    const error = malformed(`in its answer to "${type}", ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
    this.link.fail(error);
    throw error;
  }

  async load(config: LoadConfig): Promise<LoadReport> {
    return (await this.request<"load">({ type: "load", ...config })).report;
  }

  events(runId: string, fromSeq = 1): AsyncIterable<AgentEvent> {
    return streamEvents(this.link, runId, fromSeq);
  }

  async cancel(runId: string): Promise<void> {
    try {
      await this.request<"cancel">({ type: "cancel", run: runId });
    } catch (error) {
      if (!(error instanceof PhononError && error.code === "no_such_run")) throw error;
    }
  }

  close(): Promise<void> {
    this.closing ??= sayShutdown(this.link.now).then(() => {
      this.link.stop();
      return this.release();
    });
    return this.closing;
  }

  private async ask(line: { type: RequestType }): Promise<Record<string, unknown>> {
    const started = performance.now();
    for (let sent = 0; ; sent++) {
      try {
        return await askOnce(await this.link.live(), line);
      } catch (error) {
        // Sent again while the first one is still at work: the agent is busy with our own request.
        const ownWork = sent > 0 && error instanceof PhononError && error.code === "busy" && line.type === "load";
        if (performance.now() - started > answerMs[line.type]) throw error;
        if (ownWork) await delay(busyPauseMs);
        else if (!isPassing(error) || !repeatable.has(line.type)) throw error;
      }
    }
  }

  /** A run must not start twice: whether it was accepted is read from its events. */
  private async askForRun(line: { type: RequestType }, runId: string): Promise<Record<string, unknown>> {
    try {
      return await askOnce(await this.link.live(), line);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    try {
      for await (const event of this.events(runId)) {
        // Its first event says what the lost answer said.
        if (event.kind === "started") return { prompt_tokens: event.prompt_tokens, tokens: event.prompt_tokens };
        if (event.kind === "probe_progress" || event.kind === "pack_progress") return {};
        break;
      }
    } catch (error) {
      if (!(error instanceof PhononError && error.code === "no_such_run")) throw error;
    }
    return askOnce(await this.link.live(), line);
  }
}

/** One request on one connection. Silence makes the connection useless: nobody knows what comes of the request. */
async function askOnce(connection: AgentConnection, line: { type: RequestType }): Promise<Record<string, unknown>> {
  try {
    const answer = await connection.ask(line, answerMs[line.type]);
    if (answer.ok) return answer.fields;
    const { code, message } = errorReply.parse(answer.fields);
    throw new PhononError(code, message);
  } catch (error) {
    if (error instanceof PhononError && error.code === "agent_silent") connection.destroy(error);
    throw error;
  }
}

/** An agent that does not hear it ends with its lease. */
async function sayShutdown(connection: AgentConnection | undefined): Promise<void> {
  await connection?.ask({ type: "shutdown" }, answerMs.shutdown).catch(() => undefined);
}

function checkExpected(greeting: Greeting, expect: SessionOptions["expect"]): void {
  if (!expect) return;
  if (greeting.version !== expect.version) {
    throw new PhononError(
      "protocol_version",
      `The agent is version ${greeting.version}, this program ${expect.version}. ` +
        "Run `npm run setup` to build this version's agents.",
    );
  }
  if (greeting.engine !== expect.engine) {
    throw new PhononError(
      "wrong_engine",
      `The agent runs the engine "${greeting.engine}" where "${expect.engine}" was asked for. ` +
        "Run `npm run setup` to build the agents again.",
    );
  }
}

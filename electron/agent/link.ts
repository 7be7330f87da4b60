/**
 * Keeps a session's control connection: renews the lease, notices a dead cable, dials again with growing pauses until
 * the agent's lease must have ended. States: live -> (lost -> live)* -> failed | stopped; the last two are final.
 */
import type { Duplex } from "node:stream";
import { performance } from "node:perf_hooks";
import { PhononError, messageOf } from "../base/errors.js";
import { delay, untilAborted, withLimit } from "../base/time.js";
import { AgentConnection } from "./connection.js";
import { protocolVersion } from "./messages/replies.js";
import type { Greeting } from "./messages/replies.js";

/** Opens a fresh stream to the agent. A PhononError of a code in `final` means that no further try can succeed. */
export type Dialer = (signal: AbortSignal) => Promise<Duplex>;

export interface LinkOptions {
  dial: Dialer;
  token: string;
  leaseSeconds: number;
  signal?: AbortSignal | undefined; // of the first connection only
}

const dialMs = 15_000;
const renewAnswerMs = 10_000;
const firstPauseMs = 50;
const longestPauseMs = 2_000;
/** Errors that another connection could mend; after any other the session is over. */
const passing = new Set(["connection_lost", "agent_silent", "dial_failed"]);

/** The agent is no more; the second one says why. */
const final = new Set(["agent_gone", "out_of_memory"]);

export const isPassing = (error: unknown): boolean => error instanceof PhononError && passing.has(error.code);

export class Link {
  readonly greeting: Greeting;
  private readonly stopped = new AbortController();
  private current: AgentConnection;
  private reconnecting: Promise<AgentConnection> | undefined;
  private failure: Error | undefined;
  private lastSent = performance.now();

  private constructor(
    private readonly options: LinkOptions,
    first: AgentConnection,
  ) {
    this.greeting = first.greeting;
    this.current = first;
    this.watch(first);
    void this.renewForever();
  }

  static async open(options: LinkOptions): Promise<Link> {
    return new Link(options, await greet(options, await dial(options, options.signal), options.signal));
  }

  /** The control connection, as soon as there is one again. */
  async live(): Promise<AgentConnection> {
    this.stopped.signal.throwIfAborted();
    if (this.failure) throw this.failure;
    if (!this.current.closed.aborted) return this.current;
    this.reconnecting ??= this.reconnect().finally(() => (this.reconnecting = undefined));
    return this.reconnecting;
  }

  /** The control connection if it is up at this moment. */
  get now(): AgentConnection | undefined {
    return this.failure || this.current.closed.aborted ? undefined : this.current;
  }

  /** Another connection to the same agent, for its caller to destroy. */
  async another(signal: AbortSignal): Promise<AgentConnection> {
    const either = AbortSignal.any([signal, this.stopped.signal]);
    const connection = await greet(this.options, await redial(this.options, either), either);
    this.checkSame(connection);
    return connection;
  }

  /** Ends the session with this error: it is what every later call throws. */
  fail(error: Error): void {
    this.failure ??= error;
    this.current.destroy(this.failure);
  }

  stop(): void {
    const closed = new PhononError("session_closed", "The session with the agent was closed.");
    this.stopped.abort(closed);
    this.current.destroy(closed);
  }

  private watch(connection: AgentConnection): void {
    const onClosed = (): void => {
      if (this.stopped.signal.aborted) return;
      if (!isPassing(connection.closed.reason)) this.fail(connection.closed.reason as Error);
      else this.live().catch(() => undefined); // whoever needs the connection gets the error
    };
    if (connection.closed.aborted) onClosed();
    else connection.closed.addEventListener("abort", onClosed, { once: true });
  }

  private async renewForever(): Promise<void> {
    const pauseMs = Math.max(500, Math.min(15_000, (this.options.leaseSeconds * 1000) / 3));
    for (;;) {
      try {
        await delay(pauseMs, this.stopped.signal);
        const connection = await this.live();
        this.lastSent = performance.now();
        try {
          await connection.ask({ type: "renew" }, renewAnswerMs);
        } catch (error) {
          // Silence on an open connection is how a cable that hangs looks from here.
          if (!connection.closed.aborted) connection.destroy(error as Error);
        }
      } catch {
        return; // stopped or failed: said by live() to whoever uses the session
      }
    }
  }

  private async reconnect(): Promise<AgentConnection> {
    const deadline = this.lastSent + this.options.leaseSeconds * 1000;
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        const { signal } = this.stopped;
        const connection = await greet(this.options, await redial(this.options, signal), signal);
        this.checkSame(connection);
        this.lastSent = performance.now();
        this.current = connection;
        this.watch(connection);
        return connection;
      } catch (error) {
        this.stopped.signal.throwIfAborted();
        if (!isPassing(error)) this.failure ??= error as Error;
        else if (performance.now() + pause > deadline) this.failure ??= lost(this.options.leaseSeconds, error);
        if (this.failure) throw this.failure;
      }
      await delay(pause, this.stopped.signal);
    }
  }

  private checkSame(connection: AgentConnection): void {
    if (connection.greeting.pid === this.greeting.pid) return;
    connection.destroy();
    throw new PhononError("agent_gone", "Another agent answers in place of the one that was started; start a new run.");
  }
}

async function dial(options: LinkOptions, signal: AbortSignal | undefined): Promise<Duplex> {
  const late = (): PhononError =>
    new PhononError("dial_failed", `No connection to the agent within ${dialMs / 1000} s.`);
  return withLimit({ ms: dialMs, error: late, signal }, async (limited) => {
    const dialling = options.dial(limited).catch((error: unknown) => {
      if (error instanceof PhononError || limited.aborted) throw error;
      throw new PhononError("dial_failed", `No connection to the agent: ${messageOf(error)}.`, { cause: error });
    });
    // A socket that comes after the time is over belongs to nobody.
    dialling.then((late) => limited.aborted && late.destroy()).catch(() => undefined);
    return untilAborted(dialling, limited);
  });
}

/** While an agent lives, whatever keeps us from it may pass: its phone is plugged in again, adb's server restarted. */
async function redial(options: LinkOptions, signal: AbortSignal): Promise<Duplex> {
  try {
    return await dial(options, signal);
  } catch (error) {
    if (!(error instanceof PhononError) || final.has(error.code) || signal.aborted) throw error;
    throw new PhononError("dial_failed", error.message, { cause: error });
  }
}

function greet(options: LinkOptions, socket: Duplex, signal: AbortSignal | undefined): Promise<AgentConnection> {
  const hello = { type: "hello" as const, protocol: protocolVersion, token: options.token };
  return AgentConnection.open(socket, { ...hello, lease_s: options.leaseSeconds }, signal);
}

function lost(leaseSeconds: number, cause: unknown): PhononError {
  return new PhononError(
    "agent_lost",
    `The agent could not be reached for ${leaseSeconds} s, so it has ended its run (${messageOf(cause)}). ` +
      "Check the cable and the target, then start the run again.",
    { cause },
  );
}

/** An agent in this process, over a real socket, that does what a test tells it: also what no agent should do. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LineSplitter } from "../../../electron/agent/codec.js";
import { openSession } from "../../../electron/agent/session.js";
import type { AgentSession, SessionOptions } from "../../../electron/agent/session.js";

export type Line = Record<string, unknown> & { type: string; id: number };
export type Handler = (line: Line, socket: Socket, agent: FakeAgent) => object | null | undefined;

export const token = "00112233445566778899aabbccddeeff";

export const greeting = {
  type: "greeting",
  protocol: 1,
  version: "0.1.0",
  build: "dev",
  engine: "phonon",
  engine_build: "0.1.0",
  pid: 4321,
  device: {
    abi: "x86_64",
    soc: null,
    model: null,
    kernel: "Linux 6.1",
    page_size: 4096,
    cores: [{ id: 0, max_mhz: null, class: "big" }],
    features: ["avx2"],
    memory: { total_bytes: 8e9, available_bytes: 4e9 },
    storage: { path: "/tmp", total_bytes: 1e12, free_bytes: 1e11 },
  },
};

export class FakeAgent {
  /** Every line that came after a hello, and the hellos. */
  readonly received: Line[] = [];
  readonly sockets = new Set<Socket>();
  /** Answers a line; null: no answer; undefined: the default answer {type: "ok"}. */
  handler: Handler = () => undefined;
  greet: (hello: Line) => object | string | null = (hello) =>
    hello["token"] === token ? greeting : { type: "error", code: "unauthorized", message: "wrong token" };
  private server: Server | undefined;

  private constructor(
    private readonly folder: string,
    readonly path: string,
  ) {}

  static async start(): Promise<FakeAgent> {
    const folder = await mkdtemp(join(tmpdir(), "phonon-fake-"));
    const agent = new FakeAgent(folder, join(folder, "s"));
    await agent.listen();
    return agent;
  }

  listen(): Promise<void> {
    this.server = createServer((socket) => this.serve(socket));
    return new Promise((resolve) => this.server?.listen(this.path, resolve));
  }

  /** As when a phone is unplugged: every connection breaks and none can be made. */
  async unplug(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    this.dropConnections();
    await closed;
  }

  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    await this.unplug();
    await rm(this.folder, { recursive: true, force: true });
  }

  of(type: string): Line[] {
    return this.received.filter((line) => line.type === type);
  }

  /** A session whose release is counted. */
  async open(options: Partial<SessionOptions> = {}): Promise<AgentSession & { released: () => number }> {
    let released = 0;
    const session = await openSession({
      dial: () => dialPath(this.path),
      token,
      leaseSeconds: 60,
      release: () => {
        released++;
        return Promise.resolve();
      },
      ...options,
    });
    return Object.assign(session, { released: () => released });
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    const lines = new LineSplitter();
    let greeted = false;
    socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket));
    socket.on("data", (chunk) => {
      for (const bytes of lines.push(chunk)) {
        const line = JSON.parse(bytes.toString()) as Line;
        this.received.push(line);
        if (greeted) this.answer(line, socket);
        else {
          greeted = true;
          const answer = this.greet(line);
          if (answer !== null) socket.write(typeof answer === "string" ? answer : text(answer));
        }
      }
    });
  }

  private answer(line: Line, socket: Socket): void {
    const answer = this.handler(line, socket, this);
    if (answer !== null) socket.write(text({ type: "ok", id: line.id, ...answer }));
  }
}

export const text = (message: object): string => JSON.stringify(message) + "\n";

export function dialPath(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket)).once("error", reject);
  });
}

/** Event number `seq` of run `run`; the last one ends the run. */
export function event(run: string, seq: number, last: number): object {
  const head = { type: "event", run, seq, t_ms: seq };
  if (seq < last) return { ...head, kind: "prefill", done: seq, total: last, ms: seq };
  return {
    ...head,
    ...{ kind: "ended", status: "done", reason: "length", output_tokens: 0, ttft_ms: null, prefill_ms: null },
    ...{ decode_ms_total: 0, peak_rss_bytes: null, text_tail: "", ops: { cpu: 0, dense: 0, npu: 0 } },
    ...{ flash: { bytes: 0, reads: 0, stall_ms: 0 }, cache: { hits: 0, misses: 0 } },
  };
}

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PhononError } from "../../../electron/agent/errors.js";
import type { AgentEvent } from "../../../electron/agent/messages.js";
import type { AgentSession } from "../../../electron/agent/session.js";
import { FakeAgent, dialPath, event, greeting, text, token } from "./fake-agent.js";
import type { Handler } from "./fake-agent.js";

let agent: FakeAgent;
const sessions: AgentSession[] = [];

beforeEach(async () => {
  agent = await FakeAgent.start();
});
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
  await agent.stop();
});

async function open(options: Parameters<FakeAgent["open"]>[0] = {}): ReturnType<FakeAgent["open"]> {
  const session = await agent.open(options);
  sessions.push(session);
  return session;
}

/** Serves `last` events of run "R" to whoever attaches. */
const spool =
  (last: number): Handler =>
  (line, socket) => {
    if (line.type !== "attach") return undefined;
    socket.write(text({ type: "ok", id: line.id, last_seq: last }));
    for (let seq = line["from_seq"] as number; seq <= last; seq++) socket.write(text(event("R", seq, last)));
    return null;
  };

async function collect(events: AsyncIterable<AgentEvent>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { seq } of events) numbers.push(seq);
  return numbers;
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "none",
    (error: unknown) => (error instanceof PhononError ? error.code : error),
  );

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

describe("opening a session", () => {
  it("says hello once and keeps the greeting", async () => {
    const session = await open();
    expect(agent.received[0]).toEqual({ type: "hello", protocol: 1, token, lease_s: 60 });
    expect(session.greeting.device.features).toEqual(["avx2"]);
  });

  it.each([
    ["a wrong token", { token: "ffffffffffffffffffffffffffffffff" }, "unauthorized"],
    ["another version", { expect: { engine: "phonon", version: "9.9.9" } }, "protocol_version"],
    ["another engine", { expect: { engine: "llama.cpp", version: "0.1.0" } }, "wrong_engine"],
  ])("is refused with %s, and what it held is given back", async (_, options, code) => {
    let released = 0;
    const release = (): Promise<void> => {
      released++;
      return Promise.resolve();
    };
    expect(await codeOf(agent.open({ ...options, release }))).toBe(code);
    expect(released).toBe(1);
    expect(agent.sockets.size).toBeLessThanOrEqual(1);
  });

  it.each([
    ["another protocol", { ...greeting, protocol: 2 }, "protocol_version"],
    ["a refusal", { type: "error", code: "protocol_version", message: "this agent speaks 2" }, "protocol_version"],
    ["no greeting", { type: "ok", id: 1 }, "malformed"],
    ["a greeting without facts", { type: "greeting", protocol: 1 }, "malformed"],
    ["no JSON", "SSH-2.0-OpenSSH_9.2\n", "malformed"],
    ["a line without end", "x".repeat(1_100_000), "malformed"],
    ["two greetings", text(greeting) + text(greeting), "malformed"],
  ])("ends on %s", async (_, answer, code) => {
    agent.greet = () => answer;
    const opened = agent.open().then(async (session) => {
      sessions.push(session);
      await session.request({ type: "status" });
    });
    expect(await codeOf(opened)).toBe(code);
  });

  it("ends at once when the caller does not want it any more", async () => {
    agent.greet = () => null;
    const signal = AbortSignal.timeout(50);
    await expect(agent.open({ signal })).rejects.toThrow("timeout");
  });

  it("says when nobody listens", async () => {
    await agent.unplug();
    expect(await codeOf(agent.open())).toBe("dial_failed");
  });
});

describe("requests", () => {
  it("are answered on one connection, in any order", async () => {
    const session = await open();
    const held: (() => void)[] = [];
    agent.handler = (line, socket) => {
      if (line.type !== "tokenize") return undefined;
      held.unshift(() => socket.write(text({ type: "ok", id: line.id, tokens: [Number(line["text"])] })));
      if (held.length === 3) held.forEach((answer) => answer());
      return null;
    };
    const answers = await Promise.all(["1", "2", "3"].map((t) => session.request({ type: "tokenize", text: t })));
    expect(answers).toEqual([{ tokens: [1] }, { tokens: [2] }, { tokens: [3] }]);
  });

  it("throw the agent's error and leave the session as it was", async () => {
    const session = await open();
    agent.handler = (line, socket) => {
      if (line.type !== "load") return undefined;
      socket.write(text({ type: "error", id: line.id, code: "file_missing", message: "x.gguf: no such file" }));
      return null;
    };
    await expect(session.load({ path: "x.gguf" })).rejects.toThrow("x.gguf: no such file");
    expect(await session.request({ type: "renew" })).toEqual({});
  });

  it("are checked before they are sent", async () => {
    const session = await open();
    expect(await codeOf(session.request({ type: "run", run: "../x", prompt: "a", max_tokens: 1 }))).toBe("bad_request");
    expect(await codeOf(session.request({ type: "tokenize", text: "\ud800" }))).toBe("bad_request");
    expect(await codeOf(session.request({ type: "tokenize", text: "x".repeat(1_048_570) }))).toBe("line_too_long");
    expect(agent.of("run")).toEqual([]);
  });

  it("end the session when the answer makes no sense", async () => {
    const session = await open();
    agent.handler = (line) => (line.type === "tokenize" ? { tokens: "many" } : undefined);
    expect(await codeOf(session.request({ type: "tokenize", text: "a" }))).toBe("malformed");
    expect(await codeOf(session.request({ type: "renew" }))).toBe("malformed");
  });

  it("are sent again over a new connection, except for a run that was accepted", async () => {
    const session = await open();
    agent.handler = (line, socket) => {
      if (line.type === "tokenize" && agent.of("tokenize").length === 1) socket.destroy();
      if (line.type === "run") socket.destroy();
      if (line.type === "attach") {
        socket.write(text({ type: "ok", id: line.id, last_seq: 1 }));
        socket.write(text({ ...started, run: "R" }));
        return null;
      }
      return line.type === "tokenize" ? { tokens: [7] } : undefined;
    };
    expect(await session.request({ type: "tokenize", text: "a" })).toEqual({ tokens: [7] });
    expect(await session.request({ type: "run", run: "R", prompt: "a", max_tokens: 1 })).toEqual({ prompt_tokens: 5 });
    expect(agent.of("run").length).toBe(1);
  });

  it("do not pack a model twice where the answer was lost", async () => {
    const session = await open();
    const step = { type: "event", run: "K", seq: 1, t_ms: 1, kind: "pack_progress", done: 0, total: 2, what: "layer" };
    agent.handler = (line, socket) => {
      if (line.type === "pack") socket.destroy();
      if (line.type !== "attach") return undefined;
      socket.write(text({ type: "ok", id: line.id, last_seq: 1 }));
      socket.write(text(step));
      return null;
    };
    expect(await session.request({ type: "pack", run: "K", model: "/m", pack: "/p" })).toEqual({});
    expect(agent.of("pack").length).toBe(1);
  });

  it("renew the lease by themselves", async () => {
    await open({ leaseSeconds: 5 });
    await new Promise((resolve) => setTimeout(resolve, 1900));
    expect(agent.of("renew").length).toBe(1);
  });
});

describe("events", () => {
  it("come in order to the last one", async () => {
    const session = await open();
    agent.handler = spool(5000);
    expect(await collect(session.events("R"))).toEqual(upTo(5000));
    expect(await collect(session.events("R", 4000))).toEqual(upTo(5000).slice(3999));
  });

  it("wait for a slow reader without being held here", { timeout: 20_000 }, async () => {
    const session = await open();
    const last = 20_000; // far more than buffers hold
    let served = 0;
    agent.handler = (line, socket) => {
      if (line.type !== "attach") return undefined;
      const feed = (): void => {
        while (served < last)
          if (!socket.write(text(event("R", ++served, last)))) return void socket.once("drain", feed);
      };
      socket.write(text({ type: "ok", id: line.id, last_seq: last }));
      feed();
      return null;
    };
    let read = 0;
    for await (const { seq } of session.events("R")) {
      expect(seq).toBe(++read);
      if (read === 10) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(served).toBeLessThan(10_000);
        expect(await session.request({ type: "renew" })).toEqual({}); // answers are not held up
      }
    }
    expect(read).toBe(last);
  });

  it("continue after lost connections with nothing missing or doubled", async () => {
    const session = await open();
    const last = 200;
    agent.handler = (line, socket) => {
      if (line.type !== "attach") return undefined;
      const from = line["from_seq"] as number;
      socket.write(text({ type: "ok", id: line.id, last_seq: last }));
      for (let seq = from; seq <= Math.min(last, from + 40); seq++) socket.write(text(event("R", seq, last)));
      // In the middle of a line, and once with the control connection too.
      if (from + 40 < last) socket.end('{"type":"event","run":"R","se');
      if (from > 100) setTimeout(() => agent.dropConnections(), 5);
      return null;
    };
    expect(await collect(session.events("R"))).toEqual(upTo(last));
  });

  it("continue after an unplug of a second", async () => {
    const session = await open();
    agent.handler = (line, socket) => {
      if (line.type !== "attach") return undefined;
      socket.write(text({ type: "ok", id: line.id, last_seq: 4 }));
      for (let seq = line["from_seq"] as number; seq <= 2; seq++) socket.write(text(event("R", seq, 4)));
      return null;
    };
    const numbers: number[] = [];
    for await (const { seq } of session.events("R")) {
      numbers.push(seq);
      if (seq !== 2) continue;
      await agent.unplug();
      setTimeout(() => {
        agent.handler = spool(4);
        void agent.listen();
      }, 1000);
    }
    expect(numbers).toEqual([1, 2, 3, 4]);
  });

  it("drop what comes twice and what belongs to another run", async () => {
    const session = await open();
    agent.handler = (line, socket) => {
      if (line.type !== "attach") return undefined;
      socket.write(text({ type: "ok", id: line.id, last_seq: 3 }));
      for (const seq of [1, 1, 2, 1, 2, 3]) socket.write(text(event("R", seq, 3)) + text(event("S", seq + 50, 99)));
      return null;
    };
    expect(await collect(session.events("R"))).toEqual([1, 2, 3]);
  });

  it("attach again over a gap, and end the session when the gap stays", async () => {
    const session = await open();
    let gaps = 1;
    agent.handler = (line, socket) => {
      if (line.type !== "attach") return undefined;
      socket.write(text({ type: "ok", id: line.id, last_seq: 5 }));
      const from = line["from_seq"] as number;
      for (let seq = from; seq <= 5; seq++) {
        if (seq === 3 && gaps > 0) gaps--;
        else socket.write(text(event("R", seq, 5)));
      }
      return null;
    };
    expect(await collect(session.events("R"))).toEqual([1, 2, 3, 4, 5]);
    gaps = 1e9;
    expect(await codeOf(collect(session.events("R")))).toBe("event_gap");
    expect(await codeOf(session.request({ type: "renew" }))).toBe("event_gap");
  });

  it.each([
    ["no JSON", "garbage\n"],
    ["no UTF-8", Buffer.from([0xff, 0x0a])],
    ["a line without end", Buffer.alloc(1_100_000, 0x20)],
    ["an unknown message", '{"type":"dance"}\n'],
    ["a broken event", '{"type":"event","run":"R","seq":1,"t_ms":null,"kind":"prefill"}\n'],
  ])("end the session on %s", async (_, bytes) => {
    const session = await open();
    agent.handler = (line, socket) => {
      if (line.type === "attach") socket.write(bytes);
      return undefined;
    };
    expect(await codeOf(collect(session.events("R")))).toBe("malformed");
    expect(await codeOf(session.request({ type: "renew" }))).toBe("malformed");
    await session.close();
    expect(session.released()).toBe(1);
  });

  it("give the agent's answer for a run it does not have", async () => {
    const session = await open();
    agent.handler = (line, socket) => {
      socket.write(text({ type: "error", id: line.id, code: "no_such_run", message: "run R is not kept here" }));
      return null;
    };
    expect(await codeOf(collect(session.events("R")))).toBe("no_such_run");
    await session.cancel("R"); // nothing to cancel is no error
  });

  it("give their connection back when the reader leaves early", async () => {
    const session = await open();
    agent.handler = spool(1000);
    for await (const { seq } of session.events("R")) if (seq === 3) break;
    await expect.poll(() => agent.sockets.size).toBe(1);
  });
});

describe("an agent that does not come back", () => {
  it("is lost when its lease must have ended", async () => {
    const session = await open({ leaseSeconds: 5 });
    await agent.unplug();
    const start = Date.now();
    expect(await codeOf(session.request({ type: "status" }))).toBe("agent_lost");
    expect(Date.now() - start).toBeLessThan(6000);
    expect(await codeOf(collect(session.events("R")))).toBe("agent_lost");
    await session.close();
    expect(session.released()).toBe(1);
  });

  it("is lost at once when the target knows that it has ended", async () => {
    let gone = false;
    const dial = (): ReturnType<typeof dialPath> =>
      gone ? Promise.reject(new PhononError("agent_gone", "the agent was killed (SIGKILL)")) : dialPath(agent.path);
    const session = await open({ dial });
    gone = true;
    agent.dropConnections();
    await expect(session.request({ type: "status" })).rejects.toThrow("killed");
  });

  it("is not taken for another one on the same socket", async () => {
    const session = await open();
    agent.greet = () => ({ ...greeting, pid: 5555 });
    agent.dropConnections();
    expect(await codeOf(session.request({ type: "status" }))).toBe("agent_gone");
  });
});

describe("closing", () => {
  it("shuts the agent down and releases once", async () => {
    const session = await open();
    await Promise.all([session.close(), session.close()]);
    expect(agent.of("shutdown").length).toBe(1);
    expect(session.released()).toBe(1);
    expect(await codeOf(session.request({ type: "renew" }))).toBe("session_closed");
    await expect.poll(() => agent.sockets.size).toBe(0);
  });

  it("releases when the agent does not answer", async () => {
    const session = await open();
    agent.handler = () => null;
    const waiting = codeOf(session.request({ type: "tokenize", text: "a" }));
    await session.close();
    expect(session.released()).toBe(1);
    expect(await waiting).toBe("session_closed");
  });
});

const started = {
  type: "event",
  seq: 1,
  t_ms: 0,
  kind: "started",
  wall_ms: 1,
  engine: "phonon",
  engine_build: "0",
  kernels: "avx2",
  threads: 1,
  cores: [0],
  prompt_tokens: 5,
  prompt_ids: [1, 2, 3, 4, 5],
  config: {},
  report: {
    model: {
      ...{ architecture: "llama", name: "m", quantisation: "F16", file_bytes: 1, parameters: 1, layers: 1 },
      ...{ embedding: 1, ffn: 1, heads: 1, kv_heads: 1, head_dim: 1, vocabulary: 1, context: 1, experts: 1 },
      ...{ experts_used: 1, activation: "silu", quants: [] },
    },
    ...{ threads: 1, cores: [0], context: 1, kernels: "avx2", weight_bytes: 1, kv_bytes: 1, load_ms: 1, warnings: [] },
  },
};

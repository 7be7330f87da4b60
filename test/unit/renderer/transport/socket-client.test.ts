import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connection } from "../../../../renderer/transport/client.js";
import { socketClient } from "../../../../renderer/transport/socket-client.js";

/** As much of a WebSocket as the client uses. */
class FakeSocket {
  readyState = 0;
  sent: { id: number; channel: string }[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as { id: number; channel: string });
  }
  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  drop(): void {
    this.readyState = 3;
    this.onclose?.();
  }
  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

function setUp(refused = false) {
  const sockets: FakeSocket[] = [];
  const client = socketClient({
    open: () => {
      sockets.push(new FakeSocket());
      return sockets.at(-1) as unknown as WebSocket;
    },
    refused: () => Promise.resolve(refused),
  });
  const states: Connection[] = [];
  client.onConnection((state) => states.push(state));
  return { client, sockets, states, last: () => sockets.at(-1)! };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("socket client", () => {
  it("gives each call its own answer", async () => {
    const { client, last } = setUp();
    last().accept();
    const [first, second] = [client.call("targets.list", null), client.call("models.list", null)];
    expect(last().sent.map(({ channel }) => channel)).toEqual(["targets.list", "models.list"]);
    last().say({ id: 2, reply: { ok: true, response: ["second"] } });
    last().say({ id: 1, reply: { ok: false, failure: { code: "x", message: "no" } } });
    await expect(second).resolves.toEqual(["second"]);
    await expect(first).rejects.toMatchObject({ code: "x", message: "no" });
  });

  it("hands events to those who listen for them", () => {
    const { client, last } = setUp();
    const heard: unknown[] = [];
    const end = client.on("runs.changed", (payload) => heard.push(payload));
    last().say({ event: "runs.changed", payload: null });
    last().say({ event: "targets.changed", payload: [] });
    end();
    last().say({ event: "runs.changed", payload: null });
    expect(heard).toEqual([null]);
  });

  it("fails calls under way when the connection is lost, and comes back by itself", async () => {
    const { client, sockets, states, last } = setUp();
    last().accept();
    const call = client.call("targets.list", null);
    last().drop();
    await expect(call).rejects.toMatchObject({ code: "connection_lost" });
    await expect(client.call("targets.list", null)).rejects.toMatchObject({ code: "connection_lost" });
    await vi.advanceTimersByTimeAsync(250);
    expect(sockets).toHaveLength(2);
    last().accept();
    expect(states).toEqual(["connecting", "open", "lost", "open"]);
  });

  it("waits longer each time, up to 4 s, and starts over after a success", async () => {
    const { sockets, last } = setUp();
    const gaps: number[] = [];
    for (let i = 0; i < 7; i++) {
      const before = Date.now();
      const count = sockets.length;
      last().drop();
      while (sockets.length === count) await vi.advanceTimersByTimeAsync(50);
      gaps.push(Date.now() - before);
    }
    expect(gaps).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
    last().accept();
    last().drop();
    await vi.advanceTimersByTimeAsync(250);
    expect(sockets).toHaveLength(9);
  });

  it("stops when the server is there and refuses", async () => {
    const { sockets, states, last } = setUp(true);
    last().drop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([sockets.length, states.at(-1)]).toEqual([1, "refused"]);
  });
});

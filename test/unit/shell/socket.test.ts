import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startBrowserShell } from "../../../electron/shell/browser.js";
import { FakeSide, LOCAL } from "../ipc/fake-side.js";
import { token as tokenEvent } from "../renderer/events.js";
import { openShell, type OpenShell } from "./tab.js";

let desk: OpenShell;
let side: FakeSide;
const open: OpenShell["open"] = (...args) => desk.open(...args);

beforeEach(async () => {
  side = new FakeSide();
  desk = await openShell(side);
});

afterEach(() => desk.close());

describe("socket: who may open it", () => {
  it.each([
    ["no cookie", () => ({ origin: desk.headers.origin }), "401"],
    ["a wrong cookie", () => ({ ...desk.headers, cookie: `phonon-${desk.shell.port}=x` }), "401"],
    ["no origin", () => ({ cookie: desk.headers.cookie }), "403"],
    ["another origin", () => ({ ...desk.headers, origin: "http://evil.example" }), "403"],
    ["a rebound host", () => ({ ...desk.headers, host: "evil.example", origin: "http://evil.example" }), "403"],
  ])("not with %s", async (_what, given, status) => {
    await expect(open({ headers: given() })).rejects.toThrow(status);
  });

  it("not under another path", async () => {
    await expect(open({ headers: desk.headers }, "/other")).rejects.toThrow("404");
  });

  it("not a 65th tab", async () => {
    const tabs = await Promise.all(Array.from({ length: 64 }, () => open()));
    await expect(open()).rejects.toThrow("503");
    tabs[0]?.socket.close();
    await tabs[0]?.closed;
    await vi.waitFor(() => open());
  });
});

describe("socket: calls", () => {
  it("are answered, each with its number", async () => {
    const tab = await open();
    tab.say({ id: 1, channel: "targets.list", request: null });
    tab.say({ id: 2, channel: "nonsense", request: null });
    await vi.waitFor(() => expect(tab.messages).toHaveLength(2));
    expect(tab.messages).toContainEqual({
      id: 1,
      reply: { ok: true, response: { targets: [LOCAL], phonesProblem: null } },
    });
    expect(tab.messages).toContainEqual({
      id: 2,
      reply: { ok: false, failure: { code: "unknown_channel", message: "There is no such channel." } },
    });
  });

  it.each([
    ["not JSON", "{"],
    ["no object", "[1]"],
    ["no number", { channel: "targets.list", request: null }],
    ["something more", { id: 1, channel: "targets.list", request: null, as: "root" }],
    ["a channel without end", { id: 1, channel: "x".repeat(100), request: null }],
  ])("that are %s close the connection", async (_what, message) => {
    const tab = await open();
    tab.say(message);
    expect(await tab.closed).toBe(1003);
  });

  it("in binary close the connection", async () => {
    const tab = await open();
    tab.socket.send(Buffer.from('{"id":1,"channel":"targets.list","request":null}'));
    expect(await tab.closed).toBe(1003);
  });

  it("over 1 MiB close the connection, and only that one", async () => {
    const [tab, other] = [await open(), await open()];
    tab.say({ id: 1, channel: "models.inspect", request: { path: "x".repeat(1_100_000) } });
    expect(await tab.closed).toBe(1009);
    other.say({ id: 1, channel: "targets.list", request: null });
    await vi.waitFor(() => expect(other.messages).toHaveLength(1));
  });

  it("without end at once close the connection", async () => {
    const never = new Promise<never>(() => undefined);
    side.listTargets = () => never;
    const tab = await open();
    for (let id = 0; id < 65; id++) tab.say({ id, channel: "targets.list", request: null });
    expect(await tab.closed).toBe(1008);
  });
});

describe("socket: many tabs", () => {
  it("follow the same run, each from where it is", async () => {
    const [first, second] = [await open(), await open()];
    first.say({ id: 1, channel: "run.start", request: { prompt: "x" } });
    await vi.waitFor(() => expect(side.runs.size).toBe(1));
    side.runs.get("R1")?.emit(tokenEvent(1, 0, "a", 1, 1), tokenEvent(2, 1, "b", 2, 1));
    first.say({ id: 2, channel: "run.attach", request: { runId: "R1", fromSeq: 1 } });
    second.say({ id: 1, channel: "run.attach", request: { runId: "R1", fromSeq: 2 } });
    side.runs.get("R1")?.emit(tokenEvent(3, 2, "c", 3, 1));
    await vi.waitFor(() =>
      expect([first.seqs(), second.seqs()]).toEqual([
        [1, 2, 3],
        [2, 3],
      ]),
    );
  });
});

describe("socket: closing the shell", () => {
  it("ends runs, tells the tabs, and lets go of the port", async () => {
    const tab = await open();
    tab.say({ id: 1, channel: "run.start", request: { prompt: "x" } });
    await vi.waitFor(() => expect(side.runs.size).toBe(1));
    tab.say({ id: 2, channel: "run.attach", request: { runId: "R1", fromSeq: 1 } });
    await vi.waitFor(() => expect(tab.messages.some((message) => message["id"] === 2)).toBe(true));
    await desk.shell.close();
    expect(await tab.closed).toBe(1001);
    expect(side.runs.get("R1")?.cancelled).toBe(1);
    expect(side.watching).toBe(0);
    const again = await startBrowserShell({
      side,
      open: false,
      assets: desk.folder,
      port: desk.shell.port,
      log: () => undefined,
    });
    await again.close();
  });
});

import { beforeEach, describe, expect, it, vi } from "vitest";
import type { AgentEvent, EventName, Failure } from "../../../../electron/ipc/contract.js";
import { CallError, Listeners, type Connection, type PhononClient } from "../../../../renderer/transport/client.js";
import { startSession, type Memory } from "../../../../renderer/state/session.js";
import { INITIAL_SETUP } from "../../../../renderer/state/setup.js";
import { initialState, isWorking, reduce } from "../../../../renderer/state/state.js";
import { createStore } from "../../../../renderer/state/store.js";
import { ended, started, summaryOf, token } from "../events.js";

const FACTS = { engine: "phonon", target: "local", model: "story", prompt: "Once", tokens: 3 };
const NO_RUNS = { rows: [], total: 0, facets: { engine: [], target: [], model: [], status: [] } };
const EVENTS = [started(1), token(2, 0, "a", 5, 5), token(3, 1, "b", 6, 1), ended(4, 2)];

/** Answers calls from a table and keeps them. */
class FakeClient implements PhononClient {
  readonly calls: [string, unknown][] = [];
  readonly listeners = new Listeners();
  answers: Record<string, unknown> = {
    "targets.list": { targets: [], phonesProblem: null },
    "models.list": [],
    "compare.list": [],
    "studies.list": [],
    "runs.query": NO_RUNS,
    "run.start": { runId: "R1" },
    "run.attach": { live: true, facts: FACTS },
    "run.cancel": null,
    "run.detach": null,
  };
  #watcher: (connection: Connection) => void = () => undefined;

  call(channel: string, request: unknown): Promise<never> {
    this.calls.push([channel, request]);
    const answer = this.answers[channel];
    return answer instanceof Error ? Promise.reject(answer) : (Promise.resolve(answer) as Promise<never>);
  }
  on(name: EventName, listener: (payload: never) => void): () => void {
    return this.listeners.add(name, listener);
  }
  onConnection(watcher: (connection: Connection) => void): () => void {
    this.#watcher = watcher;
    return () => undefined;
  }
  connect(connection: Connection): Promise<void> {
    this.#watcher(connection);
    return settle();
  }
  events(events: AgentEvent[]): void {
    this.listeners.emit("run.events", { runId: "R1", events });
  }
  of(channel: string): unknown[] {
    return this.calls.filter(([name]) => name === channel).map(([, request]) => request);
  }
}

const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
const failing = (failure: Failure) => new CallError(failure);

let client: FakeClient;
let memory: Map<string, string>;

function setUp() {
  const store = createStore(initialState(INITIAL_SETUP), reduce);
  const storage: Memory = {
    getItem: (key) => memory.get(key) ?? null,
    setItem: (key, value) => memory.set(key, value),
  };
  return { store, session: startSession(client, store.get, store.dispatch, storage) };
}

beforeEach(() => {
  client = new FakeClient();
  memory = new Map();
});

describe("session", () => {
  it("asks for what a fresh connection needs", async () => {
    const { store } = setUp();
    await client.connect("open");
    expect(client.calls.map(([channel]) => channel).sort()).toEqual([
      "compare.list",
      "models.list",
      "runs.query",
      "studies.list",
      "targets.list",
    ]);
    expect(store.get()).toMatchObject({ connection: "open", targets: [], models: [], failure: null });
    expect(store.get().history.page).toEqual(NO_RUNS);
  });

  it("starts a run, follows it and sees its end", async () => {
    const { store, session } = setUp();
    await client.connect("open");
    await session.run();
    expect(client.of("run.start")).toMatchObject([{ prompt: "Once upon a time", tokens: 256, greedy: false, seed: 1 }]);
    expect(client.of("run.attach")).toEqual([{ runId: "R1", fromSeq: 1 }]);
    client.events(EVENTS);
    client.listeners.emit("run.finished", { runId: "R1", summary: summaryOf("R1"), failure: null });
    expect(store.get().run).toMatchObject({ phase: "ended", text: "ab", live: false, facts: FACTS });
  });

  it("does not start a second run while one goes on, and cancels it", async () => {
    const { session } = setUp();
    await client.connect("open");
    await session.run();
    await session.run();
    expect(client.of("run.start")).toHaveLength(1);
    await session.cancel();
    expect(client.of("run.cancel")).toEqual([{ runId: "R1" }]);
  });

  it("goes on after a lost connection from the event after the last one", async () => {
    const { store, session } = setUp();
    await client.connect("open");
    await session.run();
    client.events(EVENTS.slice(0, 2));
    await client.connect("lost");
    await client.connect("open");
    expect(client.of("run.attach").at(-1)).toEqual({ runId: "R1", fromSeq: 3 });
    client.events(EVENTS); // a server that sends too much
    await vi.waitFor(() => expect(store.get().run?.text).toBe("ab"));
  });

  it("follows the run that a tab showed before it was reloaded", async () => {
    memory.set("phonon.run", "R1");
    const { store } = setUp();
    await client.connect("open");
    expect(client.of("run.attach")).toEqual([{ runId: "R1", fromSeq: 1 }]);
    expect(store.get().run).toMatchObject({ runId: "R1", live: true, facts: FACTS });
  });

  it("forgets a run that is gone", async () => {
    memory.set("phonon.run", "R1");
    client.answers["run.attach"] = failing({ code: "no_such_run", message: "gone" });
    const { store } = setUp();
    await client.connect("open");
    expect(store.get()).toMatchObject({ run: null, failure: null });
    expect(memory.get("phonon.run")).toBe("");
  });

  it("replays one run beside the one that goes on, and leaves it for another", async () => {
    const { store, session } = setUp();
    await client.connect("open");
    await session.run();
    client.answers["run.attach"] = { live: false, facts: FACTS };
    await session.replay("R0");
    await session.replay("R9");
    expect(client.of("run.detach")).toEqual([{ runId: "R0" }]);
    client.events(EVENTS);
    await vi.waitFor(() => expect(store.get().run?.text).toBe("ab"));
    expect(store.get().replay).toMatchObject({ runId: "R9", text: "", live: false });
  });

  it("replays the run that goes on from its beginning, and disturbs its own view by nothing", async () => {
    const { store, session } = setUp();
    await client.connect("open");
    await session.run();
    client.events(EVENTS.slice(0, 2));
    await session.replay("R1");
    expect(client.of("run.attach").at(-1)).toEqual({ runId: "R1", fromSeq: 1 });
    client.events(EVENTS);
    await vi.waitFor(() => expect(store.get().replay?.text).toBe("ab"));
    expect(store.get().run?.text).toBe("ab");
    expect(client.of("run.detach")).toEqual([]);
  });

  it("opens a run that was replayed once more without asking for it again", async () => {
    const { session } = setUp();
    await client.connect("open");
    await session.replay("R1");
    client.events(EVENTS);
    client.listeners.emit("run.finished", { runId: "R1", summary: summaryOf("R1"), failure: null });
    await session.replay("R1");
    expect(client.of("run.attach")).toHaveLength(1);
  });

  it("asks again for a run that another program carries out", async () => {
    client.answers["run.attach"] = { live: false, facts: FACTS };
    const { store, session } = setUp();
    await client.connect("open");
    for (const events of [EVENTS.slice(0, 2), EVENTS]) {
      await session.replay("R1");
      client.events(events);
      const summary = summaryOf("R1", { status: "running" });
      client.listeners.emit("run.finished", { runId: "R1", summary, failure: null });
    }
    expect(client.of("run.attach")).toHaveLength(2);
    expect(store.get().replay?.text).toBe("ab");
  });

  it("reads an open run of another program again while it goes on there", async () => {
    client.answers["run.attach"] = { live: false, facts: FACTS };
    const { store, session } = setUp();
    await client.connect("open");
    vi.useFakeTimers();
    try {
      await session.replay("R1");
      for (const [events, status] of [
        [EVENTS.slice(0, 2), "running"],
        [EVENTS.slice(2), "done"],
      ] as const) {
        client.events([...events]);
        client.listeners.emit("run.finished", { runId: "R1", summary: summaryOf("R1", { status }), failure: null });
        await vi.advanceTimersByTimeAsync(10_000);
      }
      expect(client.of("run.attach")).toEqual([1, 3].map((fromSeq) => ({ runId: "R1", fromSeq })));
      expect(store.get().replay).toMatchObject({ phase: "ended", text: "ab" });
    } finally {
      vi.useRealTimers();
    }
  });

  it("knows which comparisons go on, also those of other windows", async () => {
    client.answers["compare.list"] = [
      { id: "C1", status: "running" },
      { id: "C0", status: "done" },
    ];
    const { store } = setUp();
    await client.connect("open");
    expect(store.get().comparing).toEqual(["C1"]);
    const before = store.get();
    client.listeners.emit("compare.progress", { id: "C1", step: null, progress: null, etaSeconds: null });
    expect(store.get()).toBe(before);
    client.listeners.emit("compare.progress", { id: "C2", step: null, progress: null, etaSeconds: null });
    expect(store.get().comparing).toEqual(["C1", "C2"]);
    for (const id of ["C1", "C2"]) {
      client.listeners.emit("compare.finished", { id, end: { status: "done", result: null, failure: null } });
    }
    expect(store.get().comparing).toEqual([]);
  });

  it("knows which studies go on, and that damaged ones do not", async () => {
    client.answers["studies.list"] = [
      { id: "sweep-1", status: "running" },
      { id: "sweep-0", status: "damaged" },
    ];
    const { store } = setUp();
    await client.connect("open");
    expect(isWorking(store.get())).toBe(true);
    client.listeners.emit("study.progress", { id: "ablation-1", step: null, progress: null, etaSeconds: null });
    expect(store.get().studying).toEqual(["sweep-1", "ablation-1"]);
    for (const id of ["sweep-1", "ablation-1"]) {
      client.listeners.emit("study.finished", { id, end: { status: "done", study: null, failure: null } });
    }
    expect(isWorking(store.get())).toBe(false);
  });

  it("says in its place why a run cannot be replayed", async () => {
    client.answers["run.attach"] = failing({ code: "run_damaged", message: "run.json: not a run" });
    const { store, session } = setUp();
    await client.connect("open");
    await session.replay("R1");
    expect(store.get()).toMatchObject({ failure: null, replay: { phase: "ended", failure: { code: "run_damaged" } } });
  });

  it("says why a run could not be started", async () => {
    client.answers["run.start"] = failing({ code: "busy", message: "A run is going on." });
    const { store, session } = setUp();
    await client.connect("open");
    await session.run();
    expect(store.get()).toMatchObject({ starting: false, run: null, failure: { code: "busy" } });
  });

  it("returns why a model could not be added, for its field", async () => {
    client.answers["models.inspect"] = failing({ code: "file_missing", message: "/x: no such file" });
    const { store, session } = setUp();
    expect(await session.addModel("/x")).toEqual({ code: "file_missing", message: "/x: no such file" });
    expect(store.get().failure).toBeNull();
  });

  it("folds a long run in pieces, with its end after its last event", async () => {
    const { store, session } = setUp();
    await client.connect("open");
    await session.run();
    const events = [started(1), ...Array.from({ length: 3000 }, (_, i) => token(2 + i, i, "x", i, 1))];
    const pieces: number[] = [];
    store.subscribe(() => pieces.push(store.get().run?.lastSeq ?? 0));
    for (let at = 0; at < events.length; at += 256) client.events(events.slice(at, at + 256));
    client.listeners.emit("run.finished", { runId: "R1", summary: summaryOf("R1"), failure: null });
    expect(store.get().run?.phase).toBe("decode");
    await vi.waitFor(() => expect(store.get().run).toMatchObject({ phase: "ended", lastSeq: 3001 }));
    expect(pieces).toEqual([256, 1280, 2304, 3001, 3001]); // the last one with its end
  });

  it("takes more of a queue in a task the longer it is, so that none grows without end", async () => {
    const { store, session } = setUp();
    await client.connect("open");
    await session.run();
    const pieces: number[] = [];
    store.subscribe(() => pieces.push(store.get().run?.lastSeq ?? 0));
    const seqs = Array.from({ length: 65_536 }, (_, i) => i + 1);
    const events = seqs.map((seq) => (seq === 1 ? started(1) : token(seq, seq - 2, "x", seq, 1)));
    for (let at = 0; at < events.length; at += 256) client.events(events.slice(at, at + 256));
    await vi.waitFor(() => expect(store.get().run?.lastSeq).toBe(65_536), { timeout: 20_000 });
    const sizes = pieces.map((last, index) => last - (pieces[index - 1] ?? 0));
    expect(sizes.slice(0, 3)).toEqual([256, 7936, 7168]); // an eighth of what waits, in whole batches
    expect(Math.min(...sizes.slice(1, -1))).toBe(1024);
  });

  it("shows events at most five times a second", async () => {
    const { store, session } = setUp();
    await client.connect("open");
    await session.run();
    let changes = 0;
    store.subscribe(() => changes++);
    client.events([started(1)]);
    for (let i = 0; i < 50; i++) client.events([token(2 + i, i, "x", i, 1)]);
    expect(changes).toBe(1);
    await vi.waitFor(() => expect(store.get().run?.text).toHaveLength(50));
    expect(changes).toBe(2);
  });
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AgentEvent } from "../../../electron/agent/messages.js";
import { PhononError } from "../../../electron/base/errors.js";
import type { RunRequest } from "../../../electron/runs/config.js";
import { startRun, type RunHooks } from "../../../electron/runs/execute.js";
import { readRun, type RunRecord } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { FakeWorld, type FakeOptions } from "./fake-world.js";
import { listedRuns } from "../store/make-run.js";

useTemporaryHome();
const request: RunRequest = { model: "story", prompt: "Once", tokens: 4, threads: 2 };

async function run(options: FakeOptions = {}, hooks: RunHooks = {}, change: Partial<RunRequest> = {}) {
  const world = new FakeWorld(options);
  const handle = await startRun({ ...request, ...change }, hooks, world);
  return { world, handle, summary: await handle.done };
}

const recordOf = async (dir: string) => JSON.parse(await readFile(join(dir, "run.json"), "utf8")) as RunRecord;
const broken = (code: string) => new PhononError(code, `It broke: ${code}.`);

describe("a run", () => {
  it("goes from request to bundle, and closes what it opened", async () => {
    const seen: AgentEvent[] = [];
    const phases = new Set<string>();
    const { world, handle, summary } = await run(
      {},
      { onEvent: (event) => seen.push(event), onProgress: ({ phase }) => phases.add(phase) },
    );
    expect(summary).toMatchObject({ run_id: handle.runId, run_dir: handle.runDir, status: "done", output_tokens: 4 });
    expect([...phases]).toEqual(["hashing", "pushing", "loading"]);
    const [session] = world.sessions;
    expect(session!.closed).toBe(1);
    expect(session!.loads[0]!.path).toMatch(/^\/remote.*story\.gguf$/);
    expect(session!.requests[0]).toMatchObject({ type: "run", run: handle.runId, prompt: "Once", max_tokens: 4 });

    const kept = (await readRun(handle.runId))!;
    const onDisk: AgentEvent[] = [];
    for await (const event of kept.events()) onDisk.push(event);
    expect(onDisk).toEqual(seen);
    expect(kept.summary).toEqual(summary);
  });

  it("keeps what is needed to understand and repeat it", async () => {
    const { handle } = await run();
    expect(await recordOf(handle.runDir)).toMatchObject({
      version: 1,
      config: { ...request, seed: 0, sampler: { topK: 40 } },
      versions: {
        program: "0.1.0",
        agent: "0.1.0",
        agent_build: "build-1",
        engine_build: "b1234 (abcdef0)",
        protocol: 1,
      },
      model: { sha256: "d71480f47a5305975626741d5d3f38c8704c3d2aeeeb1947f7205541f45122b2", file_bytes: 12_928_576 },
      device: { abi: "x86_64", soc: "Test CPU" },
      load: { threads: 2, kernels: "avx2" },
    });
  });

  it("hands an event on only when it is on disk", async () => {
    let checked = 0;
    const world = new FakeWorld();
    const handle = await startRun(
      request,
      {
        onEvent: (event) => {
          checked++;
          expect(event.run).toBe(handle.runId);
        },
      },
      world,
    );
    await handle.done;
    expect(checked).toBeGreaterThan(5);
  });

  it("passes on preflight's doubts as warnings", async () => {
    const { summary } = await run({
      checks: [{ name: "battery", status: "warn", detail: "12 %", remedy: "Charge it" }],
    });
    expect(summary.warnings).toEqual(["battery: 12 %. Charge it."]);
  });
});

describe("a run that cannot be", () => {
  it.each<[string, FakeOptions, object, string]>([
    ["a bad request", {}, { tokens: -1 }, "bad_request"],
    ["a model that is none", { fail: { inspect: broken("file_invalid") } }, {}, "file_invalid"],
    ["a budget beyond the target", { memoryBytes: 4e9 }, { memory: 4e9 + 1 }, "bad_request"],
    ["a target that is not there", { fail: { openTarget: broken("no_such_target") } }, {}, "no_such_target"],
    [
      "a preflight that fails",
      { checks: [{ name: "space", status: "fail", detail: "3 MB free", remedy: "delete something" }] },
      {},
      "preflight",
    ],
  ])("is refused and leaves nothing: %s", async (_, options, change, code) => {
    const world = new FakeWorld(options);
    await expect(startRun({ ...request, ...change }, {}, world)).rejects.toMatchObject({ code });
    expect(await listedRuns()).toEqual([]);
    expect(world.sessions).toEqual([]);
  });

  it("says what to do about a failed preflight", async () => {
    const check = { name: "space", status: "fail" as const, detail: "3 MB free", remedy: "delete something" };
    await expect(run({ checks: [check] })).rejects.toThrow("space: 3 MB free. delete something.");
  });
});

describe("a run that fails on the way", () => {
  it.each(["putModel", "openAgent", "load", "run"] as const)(
    "at %s, is kept as failed with the reason",
    async (step) => {
      const { world, summary } = await run({ fail: { [step]: broken("no_space") } });
      expect(summary).toMatchObject({ status: "failed", reason: "no_space", message: "It broke: no_space." });
      expect(world.sessions.every((session) => session.closed === 1)).toBe(true);
      expect((await listedRuns())[0]).toMatchObject({ status: "failed", problem: null });
    },
  );

  it("keeps what came before its agent was lost", async () => {
    const { world, handle, summary } = await run({ loseAfter: 4 });
    expect(summary).toMatchObject({ status: "failed", reason: "agent_lost", output_tokens: 2, text: " w0 w1" });
    expect(world.sessions[0]!.closed).toBe(1);
    expect((await readRun(handle.runId))!.summary).toEqual(summary);
  });

  it("takes the agent's own word for how it ended", async () => {
    const ended = { status: "failed" as const, reason: "io_error", message: "disk full" };
    const { summary } = await run({ run: () => ({ ended }) });
    expect(summary).toMatchObject(ended);
  });
});

describe("cancelling", () => {
  it.each(["putModel", "openAgent", "load", "decode"] as const)("works during %s and keeps what came", async (step) => {
    const world = new FakeWorld({ hang: step });
    let token: (() => void) | undefined;
    const reached = new Promise<void>((resolve) => (token = resolve));
    const handle = await startRun(
      request,
      {
        onEvent: (event) => {
          if (event.kind === "token" && event.index === 1) token?.();
        },
      },
      world,
    );
    if (step === "decode") await reached;
    else await new Promise((resolve) => setTimeout(resolve, 50));
    await handle.cancel();
    const summary = await handle.done;
    expect(summary).toMatchObject({ status: "cancelled", reason: "cancelled" });
    expect(summary.output_tokens).toBe(step === "decode" ? 2 : 0);
    expect(world.sessions.every((session) => session.closed === 1)).toBe(true);
    expect((await listedRuns())[0]!.status).toBe("cancelled");
  });

  it("before anything began, leaves nothing", async () => {
    const signal = AbortSignal.abort();
    await expect(startRun(request, { signal }, new FakeWorld())).rejects.toThrow();
    expect(await listedRuns()).toEqual([]);
  });

  it("through the caller's signal ends the run too", async () => {
    const stop = new AbortController();
    const handle = await startRun(request, { signal: stop.signal }, new FakeWorld({ hang: "load" }));
    stop.abort();
    expect((await handle.done).status).toBe("cancelled");
  });

  it("after the end changes nothing", async () => {
    const { handle, summary } = await run();
    await handle.cancel();
    expect((await handle.done).status).toBe(summary.status);
  });
});

/** A made-up run as a bundle in the store, as a run on a phone leaves it. */
import type { AgentEvent } from "../../electron/agent/messages.js";
import { Bundle } from "../../electron/store/index.js";
import { madeUpEvents } from "./charts-events.js";

/** One that is being written, by this process. */
export function newBundle(target: string, tokens: number): Promise<Bundle> {
  return Bundle.create({
    kind: "run",
    engine: "phonon",
    target,
    config: { engine: "phonon", target, model: "/models/made-up.gguf", prompt: "Once", tokens },
    comparison: null,
    versions: {
      program: "0.1.0",
      node: process.versions.node,
      agent: "0.1.0",
      agent_build: null,
      engine_build: null,
      protocol: 1,
    },
    model: { path: "/models/made-up.gguf", target_path: null, file_bytes: 3_800_000_000, sha256: null },
    agent: null,
    warnings: [],
  });
}

export async function storeRun(tokens: number): Promise<{ runId: string; events: AgentEvent[] }> {
  const bundle = await newBundle("adb:PHONE", tokens);
  return { runId: bundle.runId, events: await finishBundle(bundle, tokens) };
}

export async function finishBundle(bundle: Bundle, tokens: number): Promise<AgentEvent[]> {
  const events = [...madeUpEvents({ run: bundle.runId, tokens, layers: 24, stallAt: 4321 })];
  for (const event of events) await bundle.append(event);
  await bundle.finish();
  return events;
}

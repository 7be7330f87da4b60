/** Bundles made without any target. */
import type { AgentEvent } from "../../../electron/agent/messages.js";
import { Bundle, type NewRun } from "../../../electron/store/index.js";

export const newRun: NewRun = {
  kind: "run",
  engine: "phonon",
  target: "local",
  config: { prompt: "Once", tokens: 4, batch: 64 },
  comparison: null,
  versions: { program: "0.1.0", node: "20", agent: null, agent_build: null, engine_build: null, protocol: null },
  model: { path: "/models/story.gguf", target_path: null, file_bytes: 12_928_576, sha256: null },
  agent: null,
  warnings: [],
};

/** A finished run of these events. */
export async function makeRun(events: readonly AgentEvent[], change: Partial<NewRun> = {}): Promise<Bundle> {
  const bundle = await Bundle.create({ ...newRun, ...change });
  for (const event of events) await bundle.append(event);
  await bundle.finish();
  return bundle;
}

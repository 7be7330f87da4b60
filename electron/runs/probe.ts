/** Measures a target's flash, memory and kernels, and keeps what came for planning. */
import type { EventOf, HardwareProfile } from "../agent/messages.js";
import type { AgentSession } from "../agent/session.js";
import { PhononError } from "../base/errors.js";
import { keepProfile, newRunId, type ProfileRecord } from "../store/index.js";
import type { Progress } from "../targets/target.js";
import { jobEvents } from "./job-events.js";
import { readyTarget, realWorld, type World } from "./prepare.js";

export interface ProbeRequest {
  target: string;
  flashBytes?: number | undefined; // of the file that is written and read
  flashSeconds?: number | undefined;
}

export interface ProbeHooks {
  onProgress?: (progress: Progress) => void; // of bringing the agent there
  onMeasurement?: (event: EventOf<"probe_progress">) => void;
  signal?: AbortSignal;
}

export interface ProbeResult {
  record: Omit<ProfileRecord, "version">;
  file: string; // where it is kept
  warnings: string[];
}

export async function probe(
  request: ProbeRequest,
  { onProgress, onMeasurement, signal }: ProbeHooks = {},
  world: Pick<World, "openTarget"> = realWorld,
): Promise<ProbeResult> {
  const { target, warnings } = await readyTarget(request.target, world, signal);
  const folder = (await target.report()).storage.path;
  const session = await target.openAgent({
    engine: "phonon",
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  try {
    const profile = await measure(session, folder, request, { onMeasurement, signal });
    const record = {
      target: request.target,
      measured_at: new Date().toISOString(),
      agent_build: session.greeting.build,
      device: session.greeting.device,
      profile,
    };
    return { record, file: await keepProfile(record), warnings };
  } finally {
    await session.close();
  }
}

async function measure(
  session: AgentSession,
  folder: string,
  { flashBytes, flashSeconds }: ProbeRequest,
  hooks: { onMeasurement: ProbeHooks["onMeasurement"]; signal: AbortSignal | undefined },
): Promise<HardwareProfile> {
  const { onMeasurement, signal } = hooks;
  signal?.throwIfAborted();
  const run = newRunId();
  await session.request<"probe">({
    type: "probe",
    run,
    folder,
    ...(flashBytes !== undefined && { flash_bytes: flashBytes }),
    ...(flashSeconds !== undefined && { flash_seconds: flashSeconds }),
  });
  let profile: HardwareProfile | undefined;
  for await (const event of jobEvents(session, run, signal)) {
    if (event.kind === "probe_progress") onMeasurement?.(event);
    if (event.kind === "probed") profile = event.profile;
  }
  if (!profile) throw new PhononError("internal", "The agent ended measuring without a result.");
  return profile;
}

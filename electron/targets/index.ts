/** Every place an agent can run. */
import { setMaxListeners } from "node:events";
import { PhononError, messageOf } from "../base/errors.js";
import { delay } from "../base/time.js";
import { AdbTarget } from "./adb/adb-target.js";
import { listDevices } from "./adb/devices.js";
import type { Device } from "./adb/devices.js";
import { describeDevice, placeholder } from "./adb/info.js";
import { trackDevices } from "./adb/track.js";
import { checkServer } from "./adb/version.js";
import { LocalTarget, localIsPossible } from "./local.js";
import type { Target, TargetInfo } from "./target.js";

/** Opens nothing yet: whether a phone is there shows at the first call. */
export function openTarget(id: string): Promise<Target> {
  try {
    if (id === "local") return Promise.resolve(new LocalTarget());
    if (id.startsWith("adb:")) return Promise.resolve(new AdbTarget(id.slice("adb:".length)));
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(messageOf(error)));
  }
  const message = `There is no target "${id.slice(0, 80)}": write "local" or "adb:SERIAL"; \`phonon devices\` lists them.`;
  return Promise.reject(new PhononError("unknown_target", message));
}

const retryMs = 2_000;

export interface Listing {
  targets: TargetInfo[];
  /** Why no phone can be listed, and what to do; null: adb answers. */
  adbProblem: PhononError | null;
}

/** This computer and the phones. Without adb there are no phones, which is no error here. */
export async function surveyTargets(signal?: AbortSignal): Promise<Listing> {
  const local = await localInfo();
  try {
    await checkServer(signal);
    const phones = await Promise.all((await listDevices(signal)).map((device) => describeDevice(device, signal)));
    return { targets: [...local, ...phones], adbProblem: null };
  } catch (error) {
    if (error instanceof PhononError) return { targets: local, adbProblem: error };
    throw error;
  }
}

export async function listTargets(): Promise<TargetInfo[]> {
  return (await surveyTargets()).targets;
}

async function localInfo(): Promise<TargetInfo[]> {
  return localIsPossible() ? [await new LocalTarget().info()] : [];
}

/**
 * Calls back with the whole list now and at every change, until stopped. A phone is listed at once, its facts follow.
 * While adb cannot be asked, the callback says why.
 */
export function watchTargets(onChange: (targets: TargetInfo[], adbProblem: PhononError | null) => void): {
  stop: () => void;
} {
  const stopped = new AbortController();
  const { signal } = stopped;
  setMaxListeners(100, signal); // a handful for each phone
  const known = new Map<string, { adbState: string; info: TargetInfo }>();
  let local: TargetInfo[] = [];
  let problem: PhononError | null = null;
  let serials: string[] = [];

  const tell = (): void => {
    if (signal.aborted) return;
    const phones = serials.flatMap((serial) => known.get(serial)?.info ?? []);
    onChange([...local, ...phones], problem);
  };
  const learn = async (device: Device): Promise<void> => {
    const entry = known.get(device.serial);
    while (entry) {
      const info = await describeDevice(device, signal);
      if (known.get(device.serial) !== entry) return; // it changed while it was asked
      entry.info = info;
      tell();
      if (info.state === "ready") return;
      await delay(retryMs, signal); // adb says it is there, and yet it did not answer
    }
  };
  const onDevices = (devices: Device[]): void => {
    problem = null;
    serials = devices.map(({ serial }) => serial);
    for (const serial of known.keys()) if (!serials.includes(serial)) known.delete(serial);
    for (const device of devices) {
      if (known.get(device.serial)?.adbState === device.adbState) continue;
      known.set(device.serial, { adbState: device.adbState, info: placeholder(device) });
      if (device.adbState === "device") learn(device).catch(() => undefined); // stopped meanwhile
    }
    tell();
  };
  const onProblem = (error: PhononError): void => {
    problem = error;
    serials = [];
    known.clear();
    tell();
  };
  const run = async (): Promise<void> => {
    local = await localInfo();
    tell();
    await trackDevices({ onDevices, onProblem }, signal);
  };
  run().catch((error: unknown) => {
    if (!signal.aborted) onProblem(new PhononError("adb_failed", `Watching for phones ended: ${messageOf(error)}.`));
  });
  return { stop: () => stopped.abort() };
}

/** A listed phone as a TargetInfo. */
import { PhononError } from "../../base/errors.js";
import { npuOf } from "../facts/npu.js";
import type { TargetInfo } from "../target.js";
import type { Device } from "./devices.js";
import { readFacts, readSpace } from "./facts.js";
import type { Facts } from "./facts.js";
import { targetState } from "./states.js";

/** What is known before anything was asked. */
export function placeholder({ serial, adbState }: Device): TargetInfo {
  return {
    ...{ id: `adb:${serial}`, kind: "adb", name: serial, ...targetState(adbState) },
    ...{ abi: null, soc: null, os: null, memoryBytes: null, storageFreeBytes: null, npu: null, cores: [] },
  };
}

/** Facts are asked for when the phone is ready; one that goes away meanwhile is listed without them. */
export async function describeDevice(device: Device, signal?: AbortSignal): Promise<TargetInfo> {
  const bare = placeholder(device);
  if (bare.state !== "ready") return bare;
  try {
    const [facts, space] = await Promise.all([readFacts(device.serial, signal), readSpace(device.serial, signal)]);
    return { ...bare, ...describe(facts), storageFreeBytes: space?.freeBytes ?? null };
  } catch (error) {
    if (error instanceof PhononError) return { ...bare, state: "offline", remedy: error.message };
    throw error;
  }
}

type Described = Pick<TargetInfo, "abi" | "soc" | "os" | "memoryBytes" | "npu" | "cores"> & { name?: string };

export function describe({ properties, cpu, cores, memoryBytes }: Facts): Described {
  const maker = properties["ro.product.manufacturer"];
  const model = properties["ro.product.model"];
  const chip = properties["ro.soc.model"];
  const release = properties["ro.build.version.release"];
  const soc =
    chip !== null
      ? [properties["ro.soc.manufacturer"], chip].filter((word) => word !== null).join(" ")
      : (properties["ro.board.platform"] ?? cpu.name);
  // Some makers put their name into the model's.
  const name = model !== null && maker !== null && !model.startsWith(maker) ? `${maker} ${model}` : model;
  return {
    ...(name !== null && { name }),
    abi: properties["ro.product.cpu.abi"],
    soc,
    os: release !== null ? `Android ${release}` : properties["ro.build.fingerprint"],
    memoryBytes,
    npu: npuOf(soc),
    cores,
  };
}

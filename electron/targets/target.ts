/** A place an agent can run: this computer or a phone over adb. The rest of the program never learns which kind. */
import type { Engine } from "../agent/builds.js";
import type { Battery, Temperature } from "../agent/messages.js";
import type { AgentSession } from "../agent/session.js";
import type { ClassedCore } from "./facts/core-classes.js";

export type EngineName = "phonon" | "llama.cpp" | "llmflash";

/** One line of a preflight: what was checked, how it stands, and what the user can do about it. */
export interface Check {
  name: string;
  status: "ok" | "warn" | "fail";
  detail: string;
  remedy?: string;
}

export type TargetState = "ready" | "unauthorized" | "offline" | "no-permission" | "connecting";

/** What is known of a target. Unknown facts are null. Sizes in bytes, clocks in MHz. */
export interface TargetInfo {
  id: string; // "local" or "adb:SERIAL", as --target takes it
  kind: "local" | "adb";
  state: TargetState;
  name: string;
  remedy: string | null; // what to do when state is not "ready"
  abi: string | null; // "x86_64" | "arm64-v8a" | ...
  soc: string | null;
  os: string | null;
  memoryBytes: number | null;
  storageFreeBytes: number | null;
  npu: string | null;
  cores: { id: number; maxMhz: number | null }[];
}

/** What a target tells of itself at this moment, asked from outside of an agent. Unknown facts are null or empty. */
export interface DeviceReport {
  target: string;
  name: string;
  abi: string | null;
  soc: string | null;
  os: string | null;
  npu: string | null;
  kernel: string | null;
  cores: ClassedCore[];
  features: string[]; // of the instruction set, on every core
  memory: { totalBytes: number | null; availableBytes: number | null };
  storage: { path: string; totalBytes: number | null; freeBytes: number | null }; // where models go
  battery: Battery | null;
  temps: Temperature[];
  throttling: string | null; // Android's thermal status; "none": it runs at full speed
}

/** A model file on a target, named by its hash. */
export interface StoredModel {
  sha256: string;
  bytes: number;
  whole: boolean; // false: a push of it has not ended; the next one goes on
}

export interface Progress {
  phase: string; // "hashing", "pushing", "verifying", "packing", ...
  done: number; // bytes; steps of packing
  total: number; // as `done`; 0: not known
  bytesPerSecond: number | null;
  etaSeconds: number | null;
}

export interface OpenOptions {
  engine: Engine;
  /** Instruction-set level of the llama.cpp build; default: the best that the target's features allow. */
  level?: string;
  leaseSeconds?: number;
  signal?: AbortSignal;
  onProgress?: (p: Progress) => void;
}

/** Read from outside of the agent. `battery` is null where the target has none. */
export interface BatterySample {
  battery: Battery | null;
  temps: Temperature[];
}

/** Errors are `PhononError`s (electron/agent/errors.ts): a code and a message that says what, where and what to do. */
export interface Target {
  readonly id: string;
  info(): Promise<TargetInfo>;
  preflight(): Promise<Check[]>;
  /** Its facts as of now. Starts nothing there. */
  report(): Promise<DeviceReport>;
  /** The models that were brought there; null: files are read where they are, nothing is brought there. */
  storedModels(): Promise<StoredModel[] | null>;
  /** Makes the file readable by an agent there and returns its path there. Moves bytes only once per content. */
  putModel(localPath: string, options?: { signal?: AbortSignal; onProgress?: (p: Progress) => void }): Promise<string>;
  /** Where a pack of this name lies there, whole or not there at all, in a folder that exists. */
  packPath(name: string, options?: { signal?: AbortSignal }): Promise<string>;
  /** It is no error if it is not there. */
  removePack(name: string): Promise<void>;
  /** Deploys the engine's agent by hash, starts it and greets it. The session owns the connection. */
  openAgent(options: OpenOptions): Promise<AgentSession>;
  /**
   * Battery and temperatures where the agent may not read them itself (its samples then hold none). Takes tens of
   * milliseconds of the target's processor, so not more often than every few seconds during a run.
   */
  sampleBattery?(options?: { signal?: AbortSignal }): Promise<BatterySample>;
  /** Removes what Phonon put there: agents, spools and, with `models`, models and packs. */
  cleanup(options?: { models?: boolean }): Promise<void>;
}

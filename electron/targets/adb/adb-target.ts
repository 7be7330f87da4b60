/** A phone over adb. */
import { randomBytes } from "node:crypto";
import { agentBinary, agentName, programVersion } from "../../agent/builds.js";
import { openSession } from "../../agent/session.js";
import type { AgentSession } from "../../agent/session.js";
import { PhononError } from "../../base/errors.js";
import { hashFile } from "../file-hash.js";
import { chooseLevel } from "../levels.js";
import { packFiles } from "../pack-name.js";
import type {
  BatterySample,
  Check,
  DeviceReport,
  OpenOptions,
  Progress,
  StoredModel,
  Target,
  TargetInfo,
} from "../target.js";
import { checkSerial } from "./connection.js";
import { agentDialer } from "./dial.js";
import { listDevices } from "./devices.js";
import { runOk } from "./exec.js";
import { readBattery, readFacts, readThermal } from "./facts.js";
import { removeForward } from "./forward.js";
import { describeDevice } from "./info.js";
import {
  agentPath,
  binFolder,
  modelPath,
  modelsFolder,
  packPath,
  packsFolder,
  root,
  sessionPath,
  sessionsFolder,
} from "./paths.js";
import { preflight } from "./preflight.js";
import { pushFile } from "./push.js";
import { removeFile } from "./remote-file.js";
import { readReport } from "./report.js";
import { sh } from "./shell-text.js";
import { socketName, startAgent } from "./start-agent.js";
import { targetState } from "./states.js";
import { listStoredModels } from "./stored-models.js";
import { checkServer } from "./version.js";

interface TransferOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

const defaultLeaseSeconds = 60;

export class AdbTarget implements Target {
  readonly id: string;

  constructor(private readonly serial: string) {
    this.id = `adb:${checkSerial(serial)}`;
  }

  async info(): Promise<TargetInfo> {
    return describeDevice({ serial: this.serial, adbState: await this.adbState() });
  }

  async preflight(): Promise<Check[]> {
    await checkServer();
    const { state, remedy } = targetState(await this.adbState());
    if (state === "ready") {
      return [
        { name: "authorised", status: "ok", detail: "USB debugging is allowed" },
        ...(await preflight(this.serial)),
      ];
    }
    return [{ name: "authorised", status: "fail", detail: `The phone is ${state}.`, ...(remedy && { remedy }) }];
  }

  async report(): Promise<DeviceReport> {
    await this.requireReady();
    return { target: this.id, ...(await readReport(this.serial)) };
  }

  async storedModels(): Promise<StoredModel[]> {
    await this.requireReady();
    return listStoredModels(this.serial);
  }

  async putModel(localPath: string, options: TransferOptions = {}): Promise<string> {
    const { path: source, bytes, sha256 } = await hashFile(localPath, options);
    await this.requireReady(options.signal);
    const path = modelPath(sha256);
    await pushFile(this.serial, { localPath: source, bytes, sha256, folder: modelsFolder, path, ...options });
    return path;
  }

  async packPath(name: string, options: { signal?: AbortSignal } = {}): Promise<string> {
    const path = packPath(name);
    await this.requireReady(options.signal);
    await runOk(this.serial, sh`mkdir -p ${packsFolder}`, { what: "Making a folder", ms: 10_000, ...options });
    return path;
  }

  async removePack(name: string): Promise<void> {
    for (const file of packFiles(packPath(name))) await removeFile(this.serial, file);
  }

  async openAgent(options: OpenOptions): Promise<AgentSession> {
    const { engine, signal, onProgress } = options;
    await checkServer(signal);
    await this.requireReady(signal);
    const { properties, cpu } = await readFacts(this.serial, signal);
    const abi = properties["ro.product.cpu.abi"] ?? "unknown";
    const level = engine === "llama.cpp" ? chooseLevel(abi, cpu.features, options.level) : undefined;
    const local = await hashFile(agentBinary(abi, engine, level), { signal, onProgress });
    const binary = agentPath(local.sha256, agentName(engine, level));
    const executable = { folder: binFolder, path: binary, executable: true, signal, onProgress };
    await pushFile(this.serial, { localPath: local.path, bytes: local.bytes, sha256: local.sha256, ...executable });
    return this.start(binary, options);
  }

  async sampleBattery(options: { signal?: AbortSignal } = {}): Promise<BatterySample> {
    const [battery, thermal] = await Promise.all([
      readBattery(this.serial, options.signal),
      readThermal(this.serial, options.signal),
    ]);
    return { battery, temps: thermal?.temps ?? [] };
  }

  async cleanup(options: { models?: boolean } = {}): Promise<void> {
    await this.requireReady();
    const all = options.models ? sh`rm -rf ${root}` : sh`rm -rf ${binFolder} ${sessionsFolder}`;
    await runOk(this.serial, all, { what: "Removing files", ms: 60_000 });
  }

  private async start(binary: string, options: OpenOptions): Promise<AgentSession> {
    const { serial } = this;
    const nonce = randomBytes(12).toString("hex");
    const token = randomBytes(32).toString("hex");
    const leaseSeconds = options.leaseSeconds ?? defaultLeaseSeconds;
    const { pid } = await startAgent(serial, { binary, nonce, token, leaseSeconds, signal: options.signal });
    return openSession({
      dial: agentDialer(serial, nonce, pid),
      token,
      leaseSeconds,
      signal: options.signal,
      expect: { engine: options.engine, version: programVersion },
      release: () => release(serial, nonce),
    });
  }

  private async adbState(signal?: AbortSignal): Promise<string> {
    const device = (await listDevices(signal)).find(({ serial }) => serial === this.serial);
    if (device) return device.adbState;
    throw new PhononError(
      "device_missing",
      `${this.serial} is not plugged in, or USB debugging is off there. \`phonon devices\` lists what is.`,
    );
  }

  private async requireReady(signal?: AbortSignal): Promise<void> {
    const { state, remedy } = targetState(await this.adbState(signal));
    if (state !== "ready")
      throw new PhononError(`device_${state.replace("-", "_")}`, `${this.serial} is ${state}. ${remedy ?? ""}`);
  }
}

/** Where the phone is away there is no forward left, and the agent ends with its lease. */
async function release(serial: string, nonce: string): Promise<void> {
  const ignore = (): void => undefined;
  await removeForward(serial, socketName(nonce)).catch(ignore);
  const operation = { what: "Removing a spool", ms: 5_000 };
  await runOk(serial, sh`rm -rf ${sessionPath(nonce)}`, operation).catch(ignore);
}

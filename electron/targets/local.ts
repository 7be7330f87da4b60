/** This computer, with the agent as a child process. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, rm, stat, statfs } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { homedir, hostname, release as kernelRelease, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { agentBinary, hostAbi, programVersion } from "../agent/builds.js";
import { openSession } from "../agent/session.js";
import type { AgentSession } from "../agent/session.js";
import { PhononError, hasCode, messageOf } from "../base/errors.js";
import { chooseLevel } from "./levels.js";
import { localLastWords } from "./last-words.js";
import { localPacksFolder } from "./local-packs.js";
import { startLocalAgent, type LocalAgent } from "./local-agent.js";
import { readCores, readCpu, readLocalReport } from "./local-facts.js";
import { localPreflight } from "./local-preflight.js";
import { checkPackName, packFiles } from "./pack-name.js";
import type { Check, DeviceReport, OpenOptions, Target, TargetInfo } from "./target.js";

const defaultLeaseSeconds = 60;

/** Whether agents can run here: they are Linux programs. */
export const localIsPossible = (): boolean => process.platform === "linux" && hostAbi() !== null;

export class LocalTarget implements Target {
  readonly id = "local";

  constructor() {
    if (localIsPossible()) return;
    throw new PhononError(
      "unsupported_platform",
      `The target "local" needs Linux on x86-64 or arm64; this computer is ${process.platform} ${process.arch}. ` +
        "Plug in an Android phone and use --target adb:SERIAL.",
    );
  }

  async info(): Promise<TargetInfo> {
    const [cpu, cores, disk] = await Promise.all([readCpu(), readCores(), statfs(homedir()).catch(() => null)]);
    return {
      id: this.id,
      kind: "local",
      state: "ready",
      name: `This computer (${hostname()})`,
      remedy: null,
      abi: hostAbi(),
      soc: cpu.name,
      os: `Linux ${kernelRelease()}`,
      memoryBytes: totalmem(),
      storageFreeBytes: disk && disk.bavail * disk.bsize,
      npu: null,
      cores,
    };
  }

  async preflight(): Promise<Check[]> {
    return localPreflight((await readCpu()).features);
  }

  async report(): Promise<DeviceReport> {
    return { target: this.id, ...(await readLocalReport()) };
  }

  storedModels(): Promise<null> {
    return Promise.resolve(null);
  }

  /** Nothing has to be brought anywhere: the agent reads the file where it is. */
  async putModel(localPath: string): Promise<string> {
    const path = resolve(localPath);
    try {
      if (!(await stat(path)).isFile()) throw new PhononError("file_invalid", `${path} is no file.`);
      await access(path, constants.R_OK);
    } catch (error) {
      if (error instanceof PhononError) throw error;
      const why = hasCode(error, "ENOENT") ? "does not exist" : `cannot be read (${messageOf(error)})`;
      throw new PhononError("file_missing", `${path} ${why}.`, { cause: error });
    }
    return path;
  }

  async packPath(name: string): Promise<string> {
    const folder = localPacksFolder();
    await mkdir(folder, { recursive: true });
    return join(folder, checkPackName(name));
  }

  async removePack(name: string): Promise<void> {
    for (const file of packFiles(await this.packPath(name))) await rm(file, { force: true });
  }

  async openAgent(options: OpenOptions): Promise<AgentSession> {
    const abi = hostAbi() ?? "unknown";
    const { features } = await readCpu();
    const level = options.engine === "llama.cpp" ? chooseLevel(abi, features, options.level) : undefined;
    const binary = agentBinary(abi, options.engine, level);
    const leaseSeconds = options.leaseSeconds ?? defaultLeaseSeconds;
    const token = randomBytes(32).toString("hex");
    const folder = await mkdtemp(join(tmpdir(), "phonon-")); // mode 0700
    const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
    try {
      const agent = await startLocalAgent({ binary, folder, token, leaseSeconds, signal: options.signal });
      return await openSession({
        dial: (signal) => dial(agent, folder, signal),
        token,
        leaseSeconds,
        signal: options.signal,
        expect: { engine: options.engine, version: programVersion },
        release: () => agent.end().then(removeFolder),
      });
    } catch (error) {
      await removeFolder();
      throw error;
    }
  }

  /** Sessions leave nothing behind. */
  cleanup(): Promise<void> {
    return Promise.resolve();
  }
}

async function dial(agent: LocalAgent, folder: string, signal: AbortSignal): Promise<Socket> {
  const ended = agent.whyEnded();
  if (ended === null) return connectTo(agent.socket, signal);
  throw (await localLastWords(folder)) ?? new PhononError("agent_gone", `The agent has ended: ${ended}.`);
}

function connectTo(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, signal });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

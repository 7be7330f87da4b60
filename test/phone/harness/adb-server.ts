/** This process's own adb server, on a port and with a key of its own, so that the user's server is left alone. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort, type Output, readProcess, run, stateFolder, until } from "./host.js";
import { ownFolder, remember } from "./registry.js";
import { phoneFolder } from "./rootfs.js";
import { adbServersOn, killProcess } from "./undo.js";

export class AdbServer {
  private readonly undoing: (() => void)[];

  private constructor(
    readonly port: number,
    readonly home: string,
  ) {
    this.undoing = [remember({ kind: "folder", path: home }), remember({ kind: "adb-server", port })];
    mkdirSync(home, { recursive: true });
  }

  /** Starts one and points this process and its children to it. */
  static async launch(): Promise<AdbServer> {
    const home = join(phoneFolder, "run", `${ownFolder.slice(stateFolder.length + 1)}-adb`);
    const server = new AdbServer(await freePort(), home);
    Object.assign(process.env, {
      ANDROID_ADB_SERVER_PORT: String(server.port),
      ANDROID_SDK_HOME: home, // adb's key goes to .android in it
      ADB_LOCAL_TRANSPORT_MAX_PORT: "5553", // looks for no emulators on this machine
    });
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const args = ["--pdeathsig", "KILL", "adb", "-P", String(this.port), "nodaemon", "server"];
    const child = spawn("setpriv", args, { stdio: "ignore" });
    child.unref();
    await until(`the adb server on port ${this.port}`, () => canConnect(this.port));
  }

  /** As a crash: no goodbye to anybody. */
  kill(): void {
    for (const { pid, startTime } of adbServersOn(this.port)) killProcess(pid, startTime);
  }

  get pids(): number[] {
    return adbServersOn(this.port)
      .filter(({ pid }) => readProcess(pid))
      .map(({ pid }) => pid);
  }

  adb(args: string[], timeoutMs?: number): Promise<Output> {
    return run("adb", args, timeoutMs === undefined ? {} : { timeoutMs });
  }

  /** "device", "offline", "unauthorized", or undefined when the server does not list it. */
  async state(serial: string): Promise<string | undefined> {
    const { stdout } = await this.adb(["devices"]);
    const line = stdout.split("\n").find((l) => l.startsWith(`${serial}\t`));
    return line?.split("\t")[1]?.trim();
  }

  async connect(serial: string, wanted = "device"): Promise<void> {
    await until(`${serial} as "${wanted}"`, async () => {
      const state = await this.state(serial);
      if (state === wanted) return true;
      if (state !== undefined) await this.adb(["disconnect", serial]);
      await this.adb(["connect", serial]);
      return (await this.state(serial)) === wanted;
    });
  }

  async disconnect(serial: string): Promise<void> {
    await this.adb(["disconnect", serial]);
  }

  stop(): void {
    for (const undo of this.undoing.reverse()) undo();
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}

let shared: Promise<AdbServer> | undefined;

export function adbServer(): Promise<AdbServer> {
  return (shared ??= AdbServer.launch());
}

export async function stopAdbServer(): Promise<void> {
  const server = await shared?.catch(() => undefined);
  shared = undefined;
  server?.stop();
}

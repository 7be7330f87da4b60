/** The phone's end of adb: Debian's adbd, or one that refuses every key, as a phone whose user has not yet said yes. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { harnessFolder, readProcess, until } from "./host.js";
import type { Machine } from "./machine.js";
import { remember } from "./registry.js";
import { killProcess } from "./undo.js";

const port = 5555;
const environment = ["env", "-i", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/", "TMPDIR=/data/local/tmp"];

export class PhoneDaemon {
  private child: ChildProcess | undefined;
  private kill: () => void = () => undefined;

  constructor(private readonly machine: Machine) {}

  async start(): Promise<void> {
    await this.launch(this.machine.inside([...environment, "/usr/lib/android-sdk/platform-tools/adbd"]));
  }

  /** Listens at the same address and asks for a key without ever taking one. */
  async startRefusing(): Promise<void> {
    const pid = String(this.machine.initPid);
    const refusing = [process.execPath, join(harnessFolder, "refusing-adbd.mjs"), String(port)];
    await this.launch(["setpriv", ["--pdeathsig", "KILL", "nsenter", "-t", pid, "-n", "--", ...refusing]]);
  }

  /** SIGKILL; the kernel closes its connections, as when a cable is pulled. What it had started may live on. */
  stop(): void {
    this.kill();
    this.kill = () => undefined;
    this.child = undefined;
  }

  private async launch([program, args]: [string, string[]]): Promise<void> {
    const log = openSync(join(this.machine.folder, "adbd.log"), "a");
    const child = spawn(program, args, { stdio: ["ignore", log, log] });
    closeSync(log);
    child.unref();
    this.child = child;
    const shell = child.pid ?? 0;
    const own = { pid: shell, startTime: readProcess(shell)?.startTime ?? "" };
    const forgetShell = remember({ kind: "process", ...own });
    await until("adbd to listen", () => this.isListening());
    // nsenter waits outside for the daemon, which is the process inside; both go.
    const daemons = this.machine.processes().filter(({ command }) => /\/adbd$/.test(command));
    this.kill = () => {
      for (const { pid } of daemons) killProcess(pid, readProcess(pid)?.startTime ?? "");
      killProcess(own.pid, own.startTime);
      forgetShell();
    };
  }

  /** From the phone's own table of sockets: asking by a connection would be a client to the daemon. */
  private isListening(): boolean {
    if (this.child?.exitCode !== null) throw new Error(`adbd ended at once, see ${this.machine.folder}/adbd.log`);
    const mark = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, "0")} [0-9A-F:]+ 0A `);
    return ["tcp", "tcp6"].some((table) =>
      mark.test(readFileSync(`/proc/${this.machine.initPid}/net/${table}`, "utf8")),
    );
  }
}

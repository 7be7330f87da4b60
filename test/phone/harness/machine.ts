/** The hardware of a virtual phone: its namespaces, file system and network link. It boots, halts and boots again. */
import { spawn } from "node:child_process";
import { mkdirSync, readlinkSync, statSync, symlinkSync, truncateSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DiskGroup, MemoryGroup } from "./cgroup.js";
import { commandOf, harnessFolder, listProcesses, must, readProcess, stateFolder, until } from "./host.js";
import { claim, ownFolder, remember } from "./registry.js";
import { phoneFolder, rootfs } from "./rootfs.js";
import { killProcess } from "./undo.js";

export interface MachineOptions {
  arm64: boolean; // runs arm64 programs, through qemu
  storageBytes: number | undefined; // size of /data/local/tmp; undefined: as large as the disk
  memoryBytes: number | undefined; // limit of everything in the phone
  packsDiskBytes: number | undefined; // size of a disk of their own for packs; undefined: they have none
  copyRoot: boolean;
}

export const packsFolder = "/data/local/tmp/phonon/packs";
let machines = 0;

export class Machine {
  readonly folder: string;
  readonly subnet: number;
  readonly memory: MemoryGroup | undefined;
  private readonly disk: DiskGroup | undefined;
  private init: { pid: number; startTime: string } | undefined;
  private forgetInit: () => void = () => undefined;
  private readonly undoing: (() => void)[] = [];

  private constructor(
    private readonly options: MachineOptions,
    lower: string,
  ) {
    const name = `${ownFolder.slice(stateFolder.length + 1)}-${machines++}`;
    this.folder = join(phoneFolder, "run", name);
    this.undoing.push(remember({ kind: "folder", path: this.folder }));
    for (const layer of ["upper", "work", "merged"]) mkdirSync(join(this.folder, layer), { recursive: true });
    symlinkSync(lower, join(this.folder, "lower"));
    this.subnet = this.takeSubnet();
    this.undoing.push(remember({ kind: "link", name: this.link }));
    if (options.arm64) this.undoing.push(remember({ kind: "binfmt" }));
    if (options.memoryBytes !== undefined) {
      this.memory = new MemoryGroup(`phonon-phone-${name}`);
      this.undoing.push(this.memory.remove);
      this.memory.limit(options.memoryBytes);
    }
    if (options.packsDiskBytes !== undefined) {
      this.disk = new DiskGroup(`phonon-phone-${name}`);
      this.undoing.push(this.disk.remove);
    }
  }

  static async make(options: MachineOptions): Promise<Machine> {
    return new Machine(options, await rootfs());
  }

  get address(): string {
    return `10.77.${this.subnet}.2`;
  }

  /** The machine's end of the phone's cable. */
  get link(): string {
    return `vph${this.subnet}`;
  }

  /** Where the running phone's file lies as this machine sees it. */
  path(inside: string): string {
    return join(`/proc/${this.running.pid}/root`, inside);
  }

  /** A command line that runs `words` inside the phone. Dies with the harness. */
  inside(words: string[]): [string, string[]] {
    const pid = String(this.running.pid);
    const enter = ["nsenter", "-t", pid, "-m", "-n", "-p", "-u", "-i", "-r", "-w", "--", ...words];
    return this.own(["setpriv", "--pdeathsig", "KILL", ...enter]);
  }

  /** Up to the point where the phone's files can be written; `prepare` writes them. */
  async boot(prepare: (machine: Machine) => void): Promise<void> {
    const unshare = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child=KILL"];
    const boot = ["sh", join(harnessFolder, "boot.sh")];
    const [program, args] = this.own(["setpriv", "--pdeathsig", "KILL", ...unshare, ...boot]);
    const { storageBytes, packsDiskBytes, arm64, copyRoot } = this.options;
    const env = {
      ...process.env,
      PHONE_FOLDER: this.folder,
      PHONE_STORAGE: storageBytes === undefined ? "" : String(storageBytes),
      PHONE_DISK: packsDiskBytes === undefined ? "" : String(packsDiskBytes),
      PHONE_DISK_AT: packsFolder.slice(1),
      PHONE_COPY: copyRoot ? "1" : "",
      PHONE_STATE: arm64 ? stateFolder : "",
      PHONE_BINFMT: join(harnessFolder, "binfmt.sh"),
    };
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (data: Buffer) => (complaint += data.toString()));
    const pid = await new Promise<number>((ready, failed) => {
      createInterface(child.stdout).on("line", (line) => {
        if (line.startsWith("ready ")) ready(Number(line.slice(6)));
      });
      child.once("error", failed);
      child.once("exit", () => failed(new Error(`the phone did not boot: ${complaint.trim()}`)));
    });
    this.init = { pid, startTime: readProcess(pid)?.startTime ?? "" };
    this.forgetInit = remember({ kind: "process", ...this.init });
    await this.connectNetwork();
    prepare(this);
    child.stdin.end("go\n");
    child.unref();
    await until("the phone's init", () => commandOf(pid).includes("sleep 1000000"));
  }

  /** Everything in the phone ends at once, as when its power goes. */
  halt(): void {
    this.disk?.lift();
    if (this.init) killProcess(this.init.pid, this.init.startTime);
    this.forgetInit();
    this.init = undefined;
  }

  remove(): void {
    this.halt();
    for (const undo of this.undoing.reverse()) undo();
  }

  /** Processes in the phone other than its init: pid as the machine sees it. Zombies do not count. */
  processes(): { pid: number; command: string }[] {
    const space = namespaceOf(this.running.pid);
    return listProcesses()
      .filter(({ pid, state }) => state !== "Z" && pid !== this.running.pid && namespaceOf(pid) === space)
      .map(({ pid, parent }) => ({ pid, parent, command: commandOf(pid) }))
      .filter(({ parent, command }) => !(parent === this.running.pid && command === "sleep 1000000"));
  }

  get storageBytes(): number | undefined {
    return this.options.storageBytes;
  }

  /** Reads of the packs' disk pass at this rate at most; undefined: freely. */
  limitDisk(bytesPerSecond: number | undefined): void {
    if (!this.disk) throw new Error("only a phone with packsDiskBytes has a disk to slow down");
    this.disk.lift();
    if (bytesPerSecond === undefined) return;
    const { dev } = statSync(this.path(packsFolder));
    const device = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;
    this.disk.limitReads(device, bytesPerSecond);
  }

  /** The packs' disk has lost everything from this byte on: reads of it fail, and what is written there is new. */
  cutDisk(bytes: number): void {
    truncateSync(join(this.folder, "packs.img"), bytes);
  }

  get hasDisk(): boolean {
    return this.disk !== undefined;
  }

  get isUp(): boolean {
    return this.init !== undefined;
  }

  get initPid(): number {
    return this.running.pid;
  }

  private get running(): { pid: number; startTime: string } {
    if (!this.init) throw new Error("the phone is switched off");
    return this.init;
  }

  private own(words: string[]): [string, string[]] {
    const enter = [this.memory, this.disk].flatMap((group) => (group ? [group.enter()] : []));
    if (enter.length === 0) return [words[0] ?? "", words.slice(1)];
    return ["sh", ["-c", [...enter, 'exec "$@"'].join(" && "), "sh", ...words]];
  }

  private takeSubnet(): number {
    const taken = new Set(
      Object.values(networkInterfaces())
        .flat()
        .map((a) => a?.address ?? ""),
    );
    const start = Math.floor(Math.random() * 254);
    for (let i = 0; i < 254; i++) {
      const number = 1 + ((start + i) % 254);
      const give = taken.has(`10.77.${number}.1`) ? undefined : claim(`subnet-${number}`);
      if (!give) continue;
      this.undoing.push(give);
      return number;
    }
    throw new Error("no subnet of 10.77.0.0/16 is free");
  }

  private async connectNetwork(): Promise<void> {
    const pid = String(this.running.pid);
    const here = `10.77.${this.subnet}.1/24`;
    // A namespace that ended before a reboot may not have taken its link along yet.
    await must("sh", [
      "-ec",
      `[ ! -e /sys/class/net/${this.link} ] || ip link delete ${this.link}
       ip link add ${this.link} type veth peer name wlan0 netns ${pid}
       ip addr add ${here} dev ${this.link}
       ip link set ${this.link} up
       nsenter -t ${pid} -n sh -ec 'ip link set lo up; ip addr add ${this.address}/24 dev wlan0; ip link set wlan0 up'`,
    ]);
  }
}

function namespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return "";
  }
}

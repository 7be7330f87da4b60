/**
 * Virtual phones: Debian's adbd in namespaces of its own behind this process's own adb server.
 *
 *   const phone = await startPhone({ abi: "x86_64" });
 *   ... openTarget(phone.targetId) ...
 *   await stopPhones();
 *
 * See "The virtual phone" in HACKING.md. Phones end with the process that started them, however it ends; what then is
 * left on disk is swept when the next one starts.
 */
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { type AdbServer, adbServer, stopAdbServer } from "./harness/adb-server.js";
import { PhoneDaemon } from "./harness/adbd.js";
import { must, type Output, run, until } from "./harness/host.js";
import { Machine, packsFolder } from "./harness/machine.js";
import {
  type Battery,
  defaultFacts,
  type Facts,
  type PhoneAbi,
  writeBootId,
  writeFacts,
} from "./harness/properties.js";
import { releaseAll, sweep } from "./harness/registry.js";

export { adbServer } from "./harness/adb-server.js";
export { canRunPhones } from "./harness/can-run.js";
export { sleep, until } from "./harness/host.js";

export interface PhoneOptions {
  abi?: PhoneAbi;
  properties?: Record<string, string>;
  battery?: Partial<Battery>;
  thermalStatus?: number;
  storageBytes?: number; // size of /data/local/tmp; without it, as large as the disk
  packsDiskBytes?: number; // packs lie on a disk of their own, of this size
  memoryBytes?: number; // limit of everything that runs in the phone, page cache included
  copyRoot?: boolean; // a whole copy of the root folder, as where the disk carries no overlay
}

const running = new Set<Phone>();

export class Phone {
  readonly facts: Facts;
  private readonly daemon: PhoneDaemon;

  constructor(
    readonly machine: Machine,
    private readonly server: AdbServer,
    options: PhoneOptions,
  ) {
    const facts = defaultFacts(options.abi ?? "x86_64");
    facts.properties = { ...facts.properties, ...options.properties };
    facts.battery = { ...facts.battery, ...options.battery };
    facts.thermalStatus = options.thermalStatus ?? facts.thermalStatus;
    this.facts = facts;
    this.daemon = new PhoneDaemon(machine);
  }

  get serial(): string {
    return `${this.machine.address}:5555`;
  }

  get targetId(): `adb:${string}` {
    return `adb:${this.serial}`;
  }

  async start(): Promise<void> {
    await this.machine.boot((machine) => {
      writeFacts(machine, this.facts);
      writeBootId(machine);
    });
    await this.daemon.start();
    await this.server.connect(this.serial);
  }

  /** Makes the phone say something else about itself from now on. */
  tell(change: (facts: Facts) => void): void {
    change(this.facts);
    writeFacts(this.machine, this.facts);
  }

  /** Runs a command in the phone without adb, so also while it is unplugged. */
  shell(command: string): Promise<Output> {
    const [program, args] = this.machine.inside(["sh", "-c", command]);
    return run(program, args);
  }

  /** Where the phone's file lies for this process. */
  path(inside: string): string {
    return this.machine.path(inside);
  }

  /** Programs that run in the phone, the daemon aside. */
  processes(): { pid: number; command: string }[] {
    return this.machine.processes().filter(({ command }) => !/\/adbd$/.test(command));
  }

  /** The cable is pulled: the phone goes from adb's list. With `offline`, the server still lists it, as after a crash. */
  async unplug({ offline = false } = {}): Promise<void> {
    this.daemon.stop();
    if (offline) await until("offline", async () => (await this.server.state(this.serial)) === "offline");
    else await this.server.disconnect(this.serial);
  }

  async replug(): Promise<void> {
    await this.daemon.start();
    await this.server.connect(this.serial);
  }

  /** Nothing passes the cable, and adb goes on saying "device". */
  async hang(): Promise<void> {
    await must("ip", ["link", "set", this.machine.link, "down"]);
  }

  async unhang(): Promise<void> {
    await must("ip", ["link", "set", this.machine.link, "up"]);
  }

  /** What the machine sends to the phone passes at this rate at most; undefined: freely. */
  async limitLink(megabitsPerSecond: number | undefined): Promise<void> {
    const { link } = this.machine;
    await run("tc", ["qdisc", "delete", "dev", link, "root"]);
    if (megabitsPerSecond === undefined) return;
    const rate = ["rate", `${megabitsPerSecond}mbit`, "burst", "256kb", "latency", "100ms"];
    await must("tc", ["qdisc", "add", "dev", link, "root", "tbf", ...rate]);
  }

  /** The user has not allowed this computer: adb says "unauthorized". */
  async unauthorize(): Promise<void> {
    this.daemon.stop();
    await this.server.disconnect(this.serial);
    await this.daemon.startRefusing();
    await this.server.connect(this.serial, "unauthorized");
  }

  async authorize(): Promise<void> {
    this.daemon.stop();
    await this.server.disconnect(this.serial);
    await this.replug();
  }

  /** Fills /data/local/tmp up to the given free space, in bytes. Needs `storageBytes`. */
  fillStorage(leaveBytes: number): void {
    if (this.machine.storageBytes === undefined) throw new Error("only a phone with storageBytes can be filled");
    const filling = openSync(this.path("/data/local/tmp/.filling"), "a");
    const block = Buffer.alloc(1 << 20);
    try {
      for (;;) {
        const { bavail, bsize } = statfsSync(this.path("/data/local/tmp"));
        const bytes = Math.min(block.length, bavail * bsize - leaveBytes);
        if (bytes <= 0) return;
        writeSync(filling, block, 0, bytes);
      }
    } catch (error) {
      // Somebody else took the last of it meanwhile: it is full all the same.
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    } finally {
      closeSync(filling);
    }
  }

  emptyStorage(): void {
    rmSync(this.path("/data/local/tmp/.filling"), { force: true });
  }

  /** The packs' disk reads at this rate at most, at 1 hardly ever; undefined: freely. Needs `packsDiskBytes`. */
  limitDisk(bytesPerSecond: number | undefined): void {
    this.machine.limitDisk(bytesPerSecond);
  }

  /** The packs' disk fails to read what lies at this byte or after it, until that is written anew. */
  cutDisk(bytes: number): void {
    this.machine.cutDisk(bytes);
  }

  /** Everything that runs in the phone ends, and it disappears from adb's list. */
  async powerOff(): Promise<void> {
    this.machine.halt();
    this.daemon.stop();
    await this.server.disconnect(this.serial);
  }

  async reboot(): Promise<void> {
    await this.powerOff();
    await this.start();
  }

  /** As new for the next test: plugged in, allowed, at full speed, no program running, /data/local/tmp empty. */
  async restore(): Promise<void> {
    await this.unhang();
    await this.limitLink(undefined);
    if (this.machine.hasDisk) this.limitDisk(undefined);
    if ((await this.server.state(this.serial)) !== "device") await this.authorize();
    for (const { pid } of this.processes()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // ended by itself meanwhile
      }
    }
    const mounted = this.machine.hasDisk ? ["/data/local/tmp/phonon", packsFolder] : [];
    const stays = mounted.flatMap((folder) => ["!", "-path", this.path(folder)]);
    await must("find", [this.path("/data/local/tmp"), "-mindepth", "1", ...stays, "-delete"]);
  }

  async stop(): Promise<void> {
    running.delete(this);
    await this.server.disconnect(this.serial);
    this.daemon.stop();
    this.machine.remove();
  }
}

export async function startPhone(options: PhoneOptions = {}): Promise<Phone> {
  sweep();
  const server = await adbServer();
  const machine = await Machine.make({
    arm64: options.abi === "arm64-v8a",
    storageBytes: options.storageBytes,
    memoryBytes: options.memoryBytes,
    packsDiskBytes: options.packsDiskBytes,
    copyRoot: options.copyRoot ?? false,
  });
  const phone = new Phone(machine, server, options);
  running.add(phone);
  try {
    await phone.start();
  } catch (error) {
    await phone.stop();
    throw error;
  }
  return phone;
}

/** Takes down every phone of this process, and its adb server. */
export async function stopPhones(): Promise<void> {
  for (const phone of running) await phone.stop();
  await stopAdbServer();
  releaseAll();
}

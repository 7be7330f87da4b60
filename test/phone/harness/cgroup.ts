/** Limits around a whole phone, whatever runs in it: its memory, and how fast it reads. cgroup version 1 or 2. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { remember } from "./registry.js";
import { liftReadLimits } from "./undo.js";

const top = "/sys/fs/cgroup";

class Group {
  readonly path: string;
  readonly remove: () => void;
  protected readonly legacy: boolean;

  /** The controller's name in version 1 and in version 2, where groups of one name are one. */
  constructor(
    name: string,
    version1: string,
    private readonly version2: string,
  ) {
    this.legacy = existsSync(join(top, version1, "cgroup.procs"));
    if (!this.legacy && !existsSync(join(top, "cgroup.controllers"))) {
      throw new Error(`no ${version1} cgroup is mounted under ${top}`);
    }
    this.path = join(this.legacy ? join(top, version1) : top, name);
    this.remove = remember({ kind: "cgroup", path: this.path });
    mkdirSync(this.path, { recursive: true });
  }

  /** Shell words that move their process into the group. */
  enter(): string {
    return `echo 0 > '${join(this.path, "cgroup.procs")}'`;
  }

  protected write(file: string, value: string): void {
    if (!this.legacy && !existsSync(join(this.path, file))) {
      writeFileSync(join(top, "cgroup.subtree_control"), `+${this.version2}`);
    }
    writeFileSync(join(this.path, file), value);
  }
}

export class MemoryGroup extends Group {
  constructor(name: string) {
    super(name, "memory", "memory");
  }

  /** The limit, in bytes, page cache included; swap is not given beyond it. */
  limit(bytes: number): void {
    this.write(this.legacy ? "memory.limit_in_bytes" : "memory.max", String(bytes));
    if (existsSync(join(this.path, "memory.swap.max"))) this.write("memory.swap.max", "0");
  }

  /** The most that was in use, in bytes. */
  peak(): number {
    return Number(readFileSync(join(this.path, this.legacy ? "memory.max_usage_in_bytes" : "memory.peak"), "utf8"));
  }
}

export class DiskGroup extends Group {
  constructor(name: string) {
    super(name, "blkio", "io");
  }

  /** Reads of a device ("major:minor") pass at this rate at most. */
  limitReads(device: string, bytesPerSecond: number): void {
    if (this.legacy) this.write("blkio.throttle.read_bps_device", `${device} ${bytesPerSecond}`);
    else this.write("io.max", `${device} rbps=${bytesPerSecond}`);
  }

  /** Reads pass freely, those that wait too. */
  lift(): void {
    liftReadLimits(this.path);
  }
}

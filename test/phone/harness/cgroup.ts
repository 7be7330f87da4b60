/** A memory limit around a whole phone: whatever runs in it, page cache included. cgroup version 1 or 2. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { remember } from "./registry.js";

const version1 = "/sys/fs/cgroup/memory";
const version2 = "/sys/fs/cgroup";

export class MemoryGroup {
  readonly path: string;
  readonly remove: () => void;
  private readonly legacy = existsSync(join(version1, "memory.limit_in_bytes"));

  constructor(name: string) {
    if (!this.legacy && !existsSync(join(version2, "cgroup.controllers"))) {
      throw new Error("no memory cgroup is mounted under /sys/fs/cgroup");
    }
    this.path = join(this.legacy ? version1 : version2, name);
    this.remove = remember({ kind: "cgroup", path: this.path });
    mkdirSync(this.path, { recursive: true });
  }

  /** The limit, in bytes; swap is not given beyond it. */
  limit(bytes: number): void {
    if (this.legacy) {
      this.write("memory.limit_in_bytes", bytes);
    } else {
      if (!existsSync(join(this.path, "memory.max")))
        writeFileSync(join(version2, "cgroup.subtree_control"), "+memory");
      this.write("memory.max", bytes);
      if (existsSync(join(this.path, "memory.swap.max"))) this.write("memory.swap.max", 0);
    }
  }

  /** The most that was in use, in bytes. */
  peak(): number {
    return Number(readFileSync(join(this.path, this.legacy ? "memory.max_usage_in_bytes" : "memory.peak"), "utf8"));
  }

  /** Shell words that move their process into the group before it becomes the program. */
  enter(): string {
    return `echo 0 > '${join(this.path, "cgroup.procs")}' && exec`;
  }

  private write(file: string, value: number): void {
    writeFileSync(join(this.path, file), String(value));
  }
}

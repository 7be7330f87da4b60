/** The phones' common root folder: Debian with its adbd, made once per recipe and never written to again. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, repoRoot, run, until } from "./host.js";
import { remember } from "./registry.js";

const recipe = {
  suite: "trixie",
  variant: "minbase",
  include: ["adbd", "procps"], // procps: Android has ps and pidof, minbase has not
};

export const phoneFolder = join(repoRoot, "build/phone");
const hash = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12);
const finished = join(phoneFolder, `rootfs-${hash}`);

export function rootfsIsCached(): boolean {
  return existsSync(finished);
}

/** The folder, made now if need be (half a minute, 230 MB). Several processes may ask at once: one builds. */
export async function rootfs(): Promise<string> {
  if (rootfsIsCached()) return finished;
  mkdirSync(phoneFolder, { recursive: true });
  const lock = join(phoneFolder, `rootfs-${hash}.lock`);
  const unlock = await takeLock(lock);
  try {
    if (!rootfsIsCached()) await build();
  } finally {
    unlock();
  }
  return finished;
}

async function build(): Promise<void> {
  const partial = `${finished}.partial-${process.pid}`;
  const remove = remember({ kind: "folder", path: partial });
  const { suite, variant, include } = recipe;
  const mirror = process.env["PHONON_DEBIAN_MIRROR"];
  const debootstrap = ["debootstrap", `--variant=${variant}`, `--include=${include.join(",")}`, suite, partial];
  // In namespaces of its own: whatever debootstrap mounts or starts goes with it, however it ends.
  const unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL"];
  const args = ["--pdeathsig", "KILL", ...unshare, ...debootstrap, ...(mirror ? [mirror] : [])];
  const { code, stdout, stderr } = await run("setpriv", args, { timeoutMs: 600_000 });
  if (code !== 0) {
    remove();
    throw new Error(
      `debootstrap failed (set PHONON_DEBIAN_MIRROR for another mirror):\n${(stdout + stderr).slice(-2000)}`,
    );
  }
  await must("rm", ["-rf", `${partial}/var/cache/apt`, `${partial}/usr/share/doc`, `${partial}/usr/share/locale`]);
  renameSync(partial, finished);
  remove();
}

/** A file made exclusively; one whose owner is gone is swept away first by the registry's sweep. */
async function takeLock(path: string): Promise<() => void> {
  return until(
    `another process to finish the phones' root folder (${path})`,
    () => {
      try {
        writeFileSync(path, String(process.pid), { flag: "wx" });
        return remember({ kind: "file", path });
      } catch {
        if (!existsSync(path) || existsSync(`/proc/${readFileSync(path, "utf8")}`)) return undefined;
        remember({ kind: "file", path })();
        return undefined;
      }
    },
    600_000,
  );
}

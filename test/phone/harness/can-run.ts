/** Whether this machine can carry virtual phones, and if not, why. */
import { findProgram, runSync } from "./host.js";
import { rootfsIsCached } from "./rootfs.js";

export type Able = { ok: true; reason: "" } | { ok: false; reason: string };

export function canRunPhones(): Able {
  const no = (reason: string): Able => ({ ok: false, reason });
  if (process.platform !== "linux") return no("virtual phones need Linux");
  if (process.getuid?.() !== 0) return no("virtual phones need root (namespaces, mounts)");
  const needed = ["adb", "ip", "unshare", "nsenter", "setpriv", "flock", "qemu-aarch64-static"];
  const missing = [...needed, ...(rootfsIsCached() ? [] : ["debootstrap"])].filter((name) => !findProgram(name));
  if (missing.length > 0) return no(`virtual phones need ${missing.join(", ")}`);
  const { code, stderr } = runSync("unshare", [
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "mount",
    "-t",
    "tmpfs",
    "x",
    "/mnt",
  ]);
  if (code !== 0) return no(`this machine allows no namespaces or mounts: ${stderr.trim()}`);
  return { ok: true, reason: "" };
}

/**
 * arm64 programs on an x86-64 machine. The kernel's table of interpreters is one for all processes, so the phones that
 * need the entry are counted: each has a file `*-binfmt.json` in the registry, and the last one to go removes it.
 */
import { join } from "node:path";
import { harnessFolder, runSync, stateFolder } from "./host.js";

const script = join(harnessFolder, "binfmt.sh");

/** In a mount namespace of its own, so that the machine's list of mounts stays as it is. */
const inOwnNamespace = (action: string): string[] => [
  "--mount",
  "sh",
  "-c",
  `mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc && ${action}`,
];

export function releaseBinfmt(): void {
  const release = `flock ${stateFolder} sh '${script}' release /proc/sys/fs/binfmt_misc ${stateFolder}`;
  runSync("unshare", inOwnNamespace(release));
}

/** Names of the registered interpreters. A kernel since 6.7 forgets them when its last mount goes. */
export function listBinfmt(): string[] {
  const { stdout } = runSync("unshare", inOwnNamespace("ls /proc/sys/fs/binfmt_misc"));
  return stdout.split("\n").filter((name) => name !== "" && name !== "register" && name !== "status");
}

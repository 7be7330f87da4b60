/** Debian's own llama-bench (its packages are in sid) as a contender: an independent build of llama.cpp. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { Contender, Work } from "./contender.js";

const execute = promisify(execFile);
const entries = z.array(z.object({ n_prompt: z.number(), n_gen: z.number(), avg_ts: z.number().positive() }));

/** The folder of a Debian root that holds llama-bench, made on first use; null where that is not possible. */
export function debianRoot(cache: string): string | null {
  const root = join(cache, "debian-sid");
  if (existsSync(join(root, "usr/bin/llama-bench"))) return root;
  if (process.getuid?.() !== 0 || !existsSync("/usr/sbin/debootstrap")) return null;
  mkdirSync(cache, { recursive: true });
  rmSync(root, { recursive: true, force: true });
  try {
    execFileSync("debootstrap", ["--variant=minbase", "--include=llama.cpp-tools", "sid", root], { stdio: "ignore" });
  } catch {
    rmSync(root, { recursive: true, force: true });
    return null;
  }
  mkdirSync(join(root, "models"), { recursive: true });
  return root;
}

/** The model's folder is mounted into the root in a mount namespace that ends with the process. */
const inRoot = 'mount --bind "$1" "$2/models" && shift && exec chroot "$@"';

export function llamaBenchContender(label: string, root: string, model: string, work: Work): Contender {
  const length =
    work.metric === "decode" ? ["-p", "0", "-n", String(work.tokens)] : ["-p", String(work.promptTokens), "-n", "0"];
  const program = ["llama-bench", "-m", `/models/${basename(model)}`, "-r", "1", "-o", "json", ...length];
  return {
    label,
    async measure() {
      const args = ["--mount", "sh", "-c", inRoot, "sh", dirname(model), root, ...program];
      const { stdout } = await execute("unshare", args, { maxBuffer: 1 << 24 });
      const [entry] = entries.parse(JSON.parse(stdout));
      if (!entry) throw new Error(`${label} measured nothing`);
      return entry.avg_ts;
    },
    close: () => Promise.resolve(),
  };
}

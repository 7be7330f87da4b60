/** The real program for a test of the UI: browser shell, control side, store and agents, on a home of its own. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContextOptions } from "playwright";
import { runModelTool } from "../../electron/models/index.js";
import { startBrowserShell, type BrowserShell } from "../../electron/shell/browser.js";
import { readRun, type KeptRun, type RunRecord } from "../../electron/store/index.js";
import { launchBrowser, openTab, type Tab } from "./browser.js";

export interface Desktop {
  home: string;
  shell: BrowserShell;
  open(options?: BrowserContextOptions, url?: string): Promise<Tab>;
  close(): Promise<void>;
}

export async function startDesktop(): Promise<Desktop> {
  const home = await mkdtemp(join(tmpdir(), "phonon-ui-"));
  const before = process.env["PHONON_HOME"];
  process.env["PHONON_HOME"] = home;
  const undo: (() => Promise<void>)[] = [
    async () => {
      if (before === undefined) delete process.env["PHONON_HOME"];
      else process.env["PHONON_HOME"] = before;
      await rm(home, { recursive: true });
    },
  ];
  const close = async () => {
    for (const step of undo.reverse()) await step();
  };
  try {
    const shell = await startBrowserShell({ open: false, log: () => undefined });
    undo.push(() => shell.close());
    const browser = await launchBrowser();
    undo.push(() => browser.close());
    return { home, shell, open: (options, url = shell.url) => openTab(browser, url, options), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As a system does that is short of memory. */
export async function killAgents(): Promise<void> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    const [status, command] = await Promise.all([read(`/proc/${pid}/status`), read(`/proc/${pid}/cmdline`)]);
    const isOurs = new RegExp(`^PPid:\\s*${process.pid}$`, "m").test(status);
    if (isOurs && command.includes("phonon-agent")) process.kill(Number(pid), "SIGKILL");
  }
}

const read = (file: string) => readFile(file, "utf8").catch(() => ""); // a process may be gone by now

/** A model that takes many seconds for LONG_TOKENS, so that there is time to disturb its run. */
export async function slowModel(home: string): Promise<string> {
  const path = join(home, "slow.gguf");
  const shape = "--layers 8 --embedding 1024 --ffn 3072 --heads 8 --kv-heads 4 --head-dim 128 --vocabulary 4096";
  const options = `--architecture llama ${shape} --context 4096 --quant Q8_0 --seed 1`;
  await runModelTool(["synth", ...options.split(" "), "--out", path, "--force"]);
  return path;
}

/** Some 60 MB of FFNs that fire sparsely, so that a budget of less than the file makes flash work. */
export async function sparseModel(home: string): Promise<string> {
  const path = join(home, "sparse.gguf");
  const shape = "--layers 12 --embedding 512 --ffn 4096 --heads 8 --kv-heads 4 --head-dim 64 --vocabulary 2048";
  const options = `--architecture smallthinker ${shape} --context 1024 --quant Q4_0 --sparsity 0.9 --skew bamboo --seed 1`;
  await runModelTool(["synth", ...options.split(" "), "--out", path, "--force"]);
  return path;
}

export const LONG_TOKENS = "3000";

async function stored(runId: string): Promise<KeptRun> {
  const run = await readRun(runId);
  if (run === undefined) throw new Error(`run ${runId} is not in the store`);
  return run;
}

export async function storedText(runId: string): Promise<string> {
  return (await stored(runId)).summary.text;
}

/** What a run was asked to do, and how many threads did it. */
export async function storedConfig(runId: string): Promise<{ config: RunRecord["config"]; threads: number | null }> {
  const { record, summary } = await stored(runId);
  return { config: record.config, threads: summary.threads };
}

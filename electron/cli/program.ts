/** The `phonon` command: its subcommands, and which exit status an error comes to. */
import { Command, CommanderError } from "commander";
import { z } from "zod";
import { programVersion } from "../agent/builds.js";
import { hasCode, messageOf, PhononError } from "../base/errors.js";
import { describeIssues } from "../runs/parse.js";
import { addAblate } from "./ablate.js";
import { addCompare } from "./compare.js";
import type { CommandContext } from "./context.js";
import { addDevices } from "./devices.js";
import { addExport } from "./export.js";
import { addInspect } from "./inspect.js";
import { addLater } from "./later.js";
import { addPack } from "./pack.js";
import { addPerplexity } from "./perplexity.js";
import { addPlan } from "./plan.js";
import { addProbe } from "./probe.js";
import { addRun } from "./run.js";
import { addRuns } from "./runs.js";
import { addServe } from "./serve.js";
import { addSweep } from "./sweep.js";
import { addSynth } from "./synth.js";

/** Exit statuses of the contract. */
export const DONE = 0;
export const FAILED = 1;
export const BAD_USAGE = 2;

export function buildProgram(context: CommandContext): Command {
  const program = new Command("phonon")
    .description("Benchmarks large language models on this computer and on phones over adb.")
    .version(programVersion)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "phonon: ")) })
    .showHelpAfterError("(--help says what is possible)");
  for (const add of [
    addDevices,
    addInspect,
    addSynth,
    addPack,
    addPlan,
    addRun,
    addCompare,
    addAblate,
    addSweep,
    addRuns,
    addExport,
    addPerplexity,
    addProbe,
    addServe,
  ]) {
    add(program, context);
  }
  addLater(program);
  return program;
}

/** Never rejects. `args` without node and script. */
export async function runProgram(args: readonly string[], context: CommandContext): Promise<number> {
  const { terminal } = context;
  try {
    await buildProgram(context).parseAsync(args, { from: "user" });
    return DONE;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : BAD_USAGE; // it has said what is wrong
    terminal.fail(explain(error));
    return hasCode(error, "bad_request") ? BAD_USAGE : FAILED;
  }
}

function explain(error: unknown): string {
  if (error instanceof PhononError) return error.message;
  if (error instanceof z.ZodError) return describeIssues(error);
  if (error instanceof Error && error.name === "AbortError") return "Cancelled.";
  if (hasCode(error, "ENOSPC")) return `The disk is full: ${messageOf(error)}`;
  if (error instanceof Error && "syscall" in error) return error.message; // the system's word, with the path
  const stack = error instanceof Error ? error.stack : undefined;
  return `A bug in Phonon: ${stack ?? messageOf(error)}`;
}

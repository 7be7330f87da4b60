import type { Command } from "commander";
import { probe } from "../runs/probe.js";
import type { CommandContext } from "./context.js";
import { step } from "./event-progress.js";
import { describeProfile } from "./profile-report.js";
import { plain } from "./units.js";
import { byteSize, decimal } from "./values.js";

interface ProbeOptions {
  target: string;
  flashFile?: number;
  flashSeconds?: number;
  json?: true;
}

export function addProbe(program: Command, context: CommandContext): void {
  const { terminal } = context;
  program
    .command("probe")
    .description("measure a target's flash, memory and kernels, and keep the result for planning")
    .option("--target <id>", "local, or adb:SERIAL as `phonon devices` names it", "local")
    .option(
      "--flash-file <bytes>",
      "how large a file to write, read and remove (default 1G, a quarter of what is free)",
      byteSize(64 * 1024 ** 2),
    )
    .option("--flash-seconds <seconds>", "how long to read it (default 20)", decimal(0.1, 600))
    .option("--json", "print one JSON object")
    .action(async ({ target, flashFile, flashSeconds, json }: ProbeOptions) => {
      const began = performance.now();
      const { record, file, warnings } = await probe(
        { target, flashBytes: flashFile, flashSeconds },
        {
          signal: context.signal,
          onProgress: (progress) => terminal.progress(progress),
          onMeasurement: ({ what, done, total }) =>
            terminal.progress(step(plain(what), done, total, performance.now() - began)),
        },
      );
      terminal.clearProgress();
      for (const warning of warnings) terminal.warn(warning);
      if (json) terminal.json({ ...record, file });
      else terminal.text(`${describeProfile(record)}\nkept in ${file}\n`);
    });
}

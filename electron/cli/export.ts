import { resolve } from "node:path";
import type { Command } from "commander";
import { PhononError } from "../base/errors.js";
import { EXPORT_FORMATS, exportRun, exportText, type ExportFormat } from "../export/index.js";
import { findRun } from "../store/index.js";
import type { CommandContext } from "./context.js";
import { oneOf } from "./values.js";

const LATER = ["perfetto", "html", "zip"];

interface ExportOptions {
  format: ExportFormat;
  out: string;
  force?: boolean;
  json?: true;
}

export function addExport(program: Command, { terminal }: CommandContext): void {
  program
    .command("export")
    .description("write a run in a format that other programs read")
    .argument("<run>", 'the beginning of a run\'s name, or "latest"')
    .requiredOption("--format <name>", EXPORT_FORMATS.join(", "), oneOf(EXPORT_FORMATS, LATER))
    .requiredOption("--out <file>", 'the file to write ("-": standard output)')
    .option("--force", "replace a file that is there")
    .option("--json", "print one JSON object")
    .action(async (prefix: string, { format, out, force = false, json }: ExportOptions) => {
      if (json && out === "-") throw new PhononError("bad_request", "--json and --out - both want standard output.");
      const run = await findRun(prefix);
      if (out === "-") {
        const text = exportText(run, format);
        if (!text) throw new PhononError("bad_request", `--out -: ${format} is not a text; name a file.`);
        for await (const chunk of text) terminal.text(chunk);
        return;
      }
      const file = resolve(out);
      await exportRun(run, format, file, { force });
      if (json) terminal.json({ run_id: run.record.run_id, format, file });
      else terminal.say(`${file}: run ${run.record.run_id} as ${format}`);
    });
}

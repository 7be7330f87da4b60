import { resolve } from "node:path";
import type { Command } from "commander";
import { PhononError } from "../base/errors.js";
import { EXPORT_FORMATS, exportRun, exportStudy, exportText, studyCsvOf, type ExportFormat } from "../export/index.js";
import { findRun, findStudy, isStudyIdPrefix, type Study } from "../store/index.js";
import type { CommandContext } from "./context.js";
import type { Terminal } from "./terminal.js";
import { oneOf } from "./values.js";

const LATER = ["perfetto", "html", "zip"];

interface ExportOptions {
  format: ExportFormat;
  out: string;
  force?: boolean;
  json?: true | undefined;
}

export function addExport(program: Command, { terminal }: CommandContext): void {
  program
    .command("export")
    .description("write a run, a ladder or a curve in a format that other programs read")
    .argument("<run>", 'the beginning of a run\'s name, "latest", or a name that ablate or sweep gave (csv only)')
    .requiredOption("--format <name>", EXPORT_FORMATS.join(", "), oneOf(EXPORT_FORMATS, LATER))
    .requiredOption("--out <file>", 'the file to write ("-": standard output)')
    .option("--force", "replace a file that is there")
    .option("--json", "print one JSON object")
    .action(async (prefix: string, { format, out, force = false, json }: ExportOptions) => {
      if (json && out === "-") throw new PhononError("bad_request", "--json and --out - both want standard output.");
      if (isStudyIdPrefix(prefix)) {
        await exportOneStudy(await findStudy(prefix), { format, out, force, json }, terminal);
        return;
      }
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

async function exportOneStudy(study: Study, { format, out, force, json }: ExportOptions, terminal: Terminal) {
  if (format !== "csv") throw new PhononError("bad_request", `--format: ${study.id} can be had as csv only.`);
  if (out === "-") {
    terminal.text(studyCsvOf(study));
    return;
  }
  const file = resolve(out);
  await exportStudy(study, file, { force: force === true });
  if (json) terminal.json({ study_id: study.id, format, file });
  else terminal.say(`${file}: ${study.id} as ${format}`);
}

/** `npm run bench -- [--only NAME,...] [--rounds N] [--json FILE] [--list]` */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { synth as writeModel } from "../../electron/runs/synth.js";
import { debianRoot } from "./llama-bench-contender.js";
import { measureRow, type RowResult } from "./measure.js";
import { rows, type BenchModel } from "./rows.js";
import { printRow } from "./print.js";

const cache = join(process.cwd(), "build/bench");

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("must be a whole number of at least 1");
  return value;
};
const rowNames = (text: string): string[] => {
  const names = text.split(",");
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0) throw new InvalidArgumentError(`no row ${unknown.join(", ")}; --list names them`);
  return names;
};

const command = new Command("npm run bench --")
  .description("Measures Phonon beside the strongest llama.cpp there is for this computer.")
  .option("--only <names>", "only these rows, separated by commas", rowNames)
  .option("--rounds <n>", "rounds that are counted", positive, 7)
  .option("--json <file>", "writes every row, with its goal, as JSON")
  .option("--list", "names the rows and their goals");
command.parse();
const options = command.opts<{ only?: string[]; rounds: number; json?: string; list?: boolean }>();

async function modelPath({ name, synth }: BenchModel): Promise<string> {
  const path = join(cache, "models", `${name}.gguf`);
  if (existsSync(path)) return path;
  mkdirSync(join(cache, "models"), { recursive: true });
  console.error(`writing ${name} …`);
  await writeModel({ out: path, options: { ...synth } });
  return path;
}

if (options.list) {
  for (const row of rows) console.log(`${row.name.padEnd(16)} ${row.what} (goal ${row.goal})`);
} else {
  const debian = debianRoot(cache);
  if (!debian) console.error("Debian's llama-bench is not compared: that needs root and debootstrap");
  const results: RowResult[] = [];
  for (const row of rows.filter(({ name }) => options.only?.includes(name) ?? true)) {
    const onRound = (_: unknown, round: number) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${row.what}: round ${round} of ${options.rounds}\x1b[K`);
    };
    const result = await measureRow(row, { rounds: options.rounds, modelPath, debian, onRound });
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    results.push(result);
    printRow(result);
  }
  if (options.json) {
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memory_bytes: totalmem() };
    writeFileSync(
      options.json,
      `${JSON.stringify({ date: new Date().toISOString(), machine, rows: results }, null, 2)}\n`,
    );
  }
  const missed = results.filter((row) => !row.reached);
  if (missed.length > 0) console.log(`\nnot reached: ${missed.map((row) => row.name).join(", ")}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

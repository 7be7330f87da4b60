/** `npm run bench -- [--only NAME,...] [--quick] [--rounds N] [--json FILE] [--list]` */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { Interrupt } from "../../electron/cli/interrupt.js";
import { synth as writeModel } from "../../electron/runs/synth.js";
import { measureFlash } from "./flash-measure.js";
import { flashRows } from "./flash-rows.js";
import { full, quick } from "./flash-scale.js";
import { debianRoot } from "./llama-bench-contender.js";
import { measureRow, type RowResult } from "./measure.js";
import { printRow } from "./print.js";
import { inMemoryRow, isNamed, rows as otherRows, type BenchModel } from "./rows.js";

const cache = join(process.cwd(), "build/bench");
process.env["PHONON_HOME"] ??= join(cache, "data"); // of packs and runs; the user's history is not for these

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("must be a whole number of at least 1");
  return value;
};
const names = [...otherRows, inMemoryRow(full), ...flashRows].map(({ name }) => name);
const rowNames = (text: string): string[] => {
  const wanted = text.split(",");
  const unknown = wanted.filter((one) => !names.some((name) => isNamed(name, one)));
  if (unknown.length > 0) throw new InvalidArgumentError(`no row ${unknown.join(", ")}; --list names them`);
  return wanted;
};

const command = new Command("npm run bench --")
  .description("Measures Phonon beside the strongest llama.cpp there is for this computer.")
  .option("--only <names>", 'only these rows, separated by commas; "flash": all whose names begin so', rowNames)
  .option("--quick", "flash rows with small models, to see in minutes that they can be measured; figures mean nothing")
  .option("--rounds <n>", "rounds that are counted (default: 7, with --quick 2)", positive)
  .option("--json <file>", "writes every row, with its goal, as JSON")
  .option("--list", "names the rows and their goals");
command.parse();
const options = command.opts<{ only?: string[]; quick?: boolean; rounds?: number; json?: string; list?: boolean }>();
const scale = options.quick ? quick : full;
const rounds = options.rounds ?? (options.quick ? 2 : 7);
const rows = [...otherRows, inMemoryRow(scale)];

async function modelPath({ name, synth }: BenchModel): Promise<string> {
  const path = join(cache, "models", `${name}.gguf`);
  if (existsSync(path)) return path;
  mkdirSync(join(cache, "models"), { recursive: true });
  console.error(`writing ${name} …`);
  await writeModel({ out: path, options: { ...synth } });
  return path;
}

const say = (line: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${line}\x1b[K`);
};

if (options.list) {
  for (const row of [...rows, ...flashRows]) console.log(`${row.name.padEnd(27)} ${row.what} (goal ${row.goal})`);
} else {
  const isWanted = ({ name }: { name: string }) => options.only?.some((one) => isNamed(name, one)) ?? true;
  const debian = debianRoot(cache);
  if (!debian) console.error("Debian's llama-bench is not compared: that needs root and debootstrap");
  const results: RowResult[] = [];
  const take = (result: RowResult) => {
    say("");
    results.push(result);
    printRow(result);
  };
  for (const row of rows.filter(isWanted)) {
    const onRound = (_: unknown, round: number) => say(`${row.what}: round ${round} of ${rounds}`);
    take(await measureRow(row, { rounds, modelPath, debian, onRound }));
  }
  const { signal } = new Interrupt((line) => console.error(line));
  const flash = flashRows.filter(isWanted);
  for await (const row of measureFlash(flash, { rounds, scale, signal, modelPath, say })) take(row);
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

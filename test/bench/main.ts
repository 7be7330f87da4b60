/** `npm run bench -- [--only NAME,...] [--sets NAME,...] [--quick] [--rounds N] [--tokens N] [--seconds S] [--json FILE] [--list]` */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { Interrupt } from "../../electron/cli/interrupt.js";
import { synth as writeModel } from "../../electron/runs/synth.js";
import { measureFlash } from "./flash-measure.js";
import { SETS } from "./flash-contenders.js";
import { flashRows } from "./flash-rows.js";
import { full, quick, type FlashScale } from "./flash-scale.js";
import { debianRoot } from "./llama-bench-contender.js";
import { measureRow, type RowResult } from "./measure.js";
import { printRow } from "./print.js";
import { isNamed, rows, type BenchModel } from "./rows.js";

const cache = join(process.cwd(), "build/bench");
process.env["PHONON_HOME"] ??= join(cache, "data"); // of packs and runs; the user's history is not for these

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("must be a whole number of at least 1");
  return value;
};
const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 3600)) throw new InvalidArgumentError("must be 0.1 to 3600");
  return value;
};
const names = [...rows, ...flashRows].map(({ name }) => name);
const rowNames = (text: string): string[] => {
  const wanted = text.split(",");
  const unknown = wanted.filter((one) => !names.some((name) => isNamed(name, one)));
  if (unknown.length > 0) throw new InvalidArgumentError(`no row ${unknown.join(", ")}; --list names them`);
  return wanted;
};
const setNames = (text: string): string[] => {
  const wanted = text.split(",");
  const unknown = wanted.filter((one) => !SETS.some((set) => set === one));
  if (unknown.length > 0) throw new InvalidArgumentError(`no set ${unknown.join(", ")}; there are ${SETS.join(", ")}`);
  return wanted;
};

interface Options {
  only?: string[];
  sets?: string[];
  quick?: boolean;
  rounds?: number;
  tokens?: number;
  seconds?: number;
  json?: string;
  list?: boolean;
}

const command = new Command("npm run bench --")
  .description("Measures Phonon beside the strongest llama.cpp there is for this computer.")
  .option("--only <names>", 'only these rows, separated by commas; "flash": all whose names begin so', rowNames)
  .option("--sets <names>", `only the flash rows of these sets of contenders: ${SETS.join(", ")}`, setNames)
  .option("--quick", "flash rows with small models, to see in minutes that they can be measured; figures mean nothing")
  .option("--rounds <n>", "rounds that are counted (default: 7, of flash rows 3, with --quick 2)", positive)
  .option("--tokens <n>", `of a flash row's run, at most (default: ${full.tokens})`, positive)
  .option("--seconds <s>", `of decoding in a flash row's run, at most (default: ${full.seconds})`, seconds)
  .option("--json <file>", "writes every row, with its goal, as JSON")
  .option("--list", "names the rows and their goals");
command.parse();
const options = command.opts<Options>();
const { tokens, seconds: most } = options;
const scale: FlashScale = {
  ...(options.quick ? quick : full),
  ...(tokens !== undefined && { tokens }),
  ...(most !== undefined && { seconds: most }),
};
const roundsOr = (usual: number): number => options.rounds ?? (options.quick ? 2 : usual);

async function modelPath({ name, synth }: BenchModel): Promise<string> {
  const path = join(cache, "models", `${name}.gguf`);
  if (existsSync(path)) return path;
  mkdirSync(join(cache, "models"), { recursive: true });
  console.error(`writing ${name} …`);
  await writeModel({ out: path, options: { ...synth } });
  return path;
}

/** A line that is written over on a terminal; elsewhere every line that is new. */
let said = "";
const say = (line: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${line}\x1b[K`);
  else if (line !== "" && line !== said) console.error(line);
  said = line;
};

const setOf = (row: object): string | undefined => ("set" in row ? String(row.set) : undefined);

if (options.list) {
  for (const row of [...rows, ...flashRows]) {
    const set = setOf(row);
    console.log(`${row.name.padEnd(27)} ${row.what} (goal ${row.goal}${set === undefined ? "" : `; set ${set}`})`);
  }
} else {
  const isWanted = (row: { name: string }) =>
    (options.only?.some((one) => isNamed(row.name, one)) ?? true) &&
    (options.sets?.some((one) => setOf(row) === one) ?? true);
  const others = rows.filter(isWanted);
  const debian = others.length > 0 ? debianRoot(cache) : null;
  if (others.length > 0 && !debian) {
    console.error("Debian's llama-bench is not compared: that needs root and debootstrap");
  }
  const results: RowResult[] = [];
  const take = (result: RowResult) => {
    say("");
    results.push(result);
    printRow(result);
  };
  for (const row of others) {
    const rounds = roundsOr(7);
    const onRound = (_: unknown, round: number) => say(`${row.what}: round ${round} of ${rounds}`);
    take(await measureRow(row, { rounds, modelPath, debian, onRound }));
  }
  const { signal } = new Interrupt((line) => console.error(line));
  const flash = flashRows.filter(isWanted);
  for await (const row of measureFlash(flash, { rounds: roundsOr(3), scale, signal, modelPath, say })) take(row);
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

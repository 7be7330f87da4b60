/**
 * Where a command writes: results on standard output, everything for people on standard error. With --json standard
 * output gets one JSON object and nothing else.
 */
import type { Progress } from "../targets/target.js";
import { bytes, duration } from "./units.js";

export interface Streams {
  out: NodeJS.WritableStream;
  err: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
}

const SPARSE_MS = 10_000; // between progress lines that do not overwrite each other

export class Terminal {
  private shown = ""; // the progress line that stands on the terminal
  private lastPhase = "";
  private lastAt = 0;
  private lineOpen = false; // text without a line end stands on standard output

  constructor(
    private readonly streams: Streams,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {}

  /** The command's result, as its only JSON object. */
  json(value: unknown): void {
    this.streams.out.write(`${JSON.stringify(value)}\n`);
  }

  /** A piece of the result for people, as it comes. */
  text(piece: string): void {
    if (piece === "") return;
    this.clearProgress();
    this.streams.out.write(piece);
    this.lineOpen = !piece.endsWith("\n");
  }

  endText(): void {
    if (this.lineOpen) this.text("\n");
  }

  /** A line for people. */
  say(line: string): void {
    this.clearProgress();
    this.streams.err.write(`${line}\n`);
  }

  warn(message: string): void {
    this.say(`${this.colour("33", "warning:")} ${message}`);
  }

  fail(message: string): void {
    this.endText();
    this.say(`phonon: ${message}`);
  }

  bold(text: string): string {
    return this.colour("1", text);
  }

  /** On a terminal one line that is overwritten; otherwise a line per phase and then one every ten seconds. */
  progress(progress: Progress): void {
    const line = describe(progress);
    if (this.rewrites) {
      const cut = line.slice(0, Math.max(20, (this.streams.err.columns ?? 80) - 1));
      if (cut === this.shown) return;
      this.streams.err.write(`\r\x1b[K${cut}`);
      this.shown = cut;
      return;
    }
    if (progress.total > 0 && progress.done >= progress.total) return;
    const now = performance.now();
    if (progress.phase === this.lastPhase && now - this.lastAt < SPARSE_MS) return;
    this.lastPhase = progress.phase;
    this.lastAt = now;
    this.streams.err.write(`${line}\n`);
  }

  clearProgress(): void {
    if (this.shown) this.streams.err.write("\r\x1b[K");
    this.shown = "";
  }

  private get rewrites(): boolean {
    return this.streams.err.isTTY === true && this.env["TERM"] !== "dumb";
  }

  private colour(code: string, text: string): string {
    return this.rewrites && !this.env["NO_COLOR"] ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

function describe({ phase, done, total, bytesPerSecond, etaSeconds }: Progress): string {
  const parts = [`${phase}:`];
  if (total > 0) parts.push(`${Math.min(100, Math.floor((100 * done) / total))} %`);
  if (bytesPerSecond !== null) parts.push(`${bytes(done)} of ${bytes(total)}, ${bytes(bytesPerSecond)}/s`);
  if (etaSeconds !== null) parts.push(`${duration(etaSeconds)} left`);
  return parts.join(" ");
}

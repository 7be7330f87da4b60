import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { Terminal } from "../../../electron/cli/terminal.js";

function make(isTTY: boolean, env: NodeJS.ProcessEnv = {}) {
  const out = new PassThrough();
  const err = Object.assign(new PassThrough(), { isTTY, columns: 60 });
  const read = (stream: PassThrough) => ((stream.read() as Buffer | null) ?? "").toString();
  return { terminal: new Terminal({ out, err }, env), out: () => read(out), err: () => read(err) };
}

const step = (phase: string, done: number) => ({
  phase,
  done,
  total: 100,
  bytesPerSecond: 10,
  etaSeconds: (100 - done) / 10,
});

describe("the terminal", () => {
  it("keeps results and words for people apart", () => {
    const { terminal, out, err } = make(false);
    terminal.json({ a: 1 });
    terminal.text("Once");
    terminal.fail("it broke");
    expect(out()).toBe('{"a":1}\nOnce\n');
    expect(err()).toBe("phonon: it broke\n");
  });

  it("rewrites one progress line where it can, within its width", () => {
    const { terminal, err } = make(true);
    terminal.progress(step("pushing", 10));
    terminal.progress(step("pushing", 20));
    terminal.say("done");
    const written = err();
    expect(written).toContain("\r\x1b[Kpushing: 10 % 10 B of 100 B, 10 B/s 9 s left\r\x1b[Kpushing: 20 %");
    expect(written.endsWith("\r\x1b[Kdone\n")).toBe(true);
    terminal.progress(step("x".repeat(200), 1));
    expect(err().length).toBeLessThan(70);
  });

  it("writes a line per phase elsewhere, not one per step", () => {
    const { terminal, err } = make(false);
    for (let i = 0; i < 50; i++) terminal.progress(step("pushing", i));
    terminal.progress(step("loading", 0));
    expect(
      err()
        .trimEnd()
        .split("\n")
        .map((line) => line.split(":")[0]),
    ).toEqual(["pushing", "loading"]);
  });

  it("colours only a terminal that wants colours", () => {
    const warn = (isTTY: boolean, env = {}) => {
      const { terminal, err } = make(isTTY, env);
      terminal.warn("hot");
      return err();
    };
    expect(warn(true)).toBe("\x1b[33mwarning:\x1b[0m hot\n");
    expect(warn(true, { NO_COLOR: "1" })).toBe("warning: hot\n");
    expect(warn(true, { TERM: "dumb" })).toBe("warning: hot\n");
    expect(warn(false)).toBe("warning: hot\n");
  });
});

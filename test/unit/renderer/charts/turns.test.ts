import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Turns } from "../../../../renderer/charts/turns.js";

let frames: (() => void)[];
let now: number;

beforeEach(() => {
  frames = [];
  now = 0;
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Work that takes so long, tells that it was done, and may ask for more. */
const work = (done: string[], name: string, ms: number, then?: () => void) => () => {
  now += ms;
  done.push(name);
  then?.();
};

it("work is spread over frames, in the order of asking, and asks for one frame at a time", () => {
  const turns = new Turns(() => undefined);
  const done: string[] = [];
  const perFrame: string[][] = [];
  for (const name of ["a", "b", "c"]) {
    turns.add(work(done, name, 5, () => turns.add(work(done, `${name} again`, 5))));
  }
  while (frames.length > 0) {
    expect(frames).toHaveLength(1);
    const before = done.length;
    frames.shift()!();
    perFrame.push(done.slice(before));
  }
  expect(perFrame).toEqual([
    ["a", "b"],
    ["c", "a again"],
    ["b again", "c again"],
  ]);
});

it("what goes on with something already begun comes before what waits", () => {
  const turns = new Turns(() => undefined);
  const done: string[] = [];
  turns.add(work(done, "a", 10, () => turns.add(work(done, "rest of a", 10), true)));
  turns.add(work(done, "b", 10));
  while (frames.length > 0) frames.shift()!();
  expect(done).toEqual(["a", "rest of a", "b"]);
});

it("what fails keeps nothing else from its turn, and what was taken back has none", () => {
  const turns = new Turns(() => undefined);
  const done: string[] = [];
  const taken = work(done, "taken back", 1);
  turns.add(() => {
    throw new Error("a chart that cannot be drawn");
  });
  turns.add(taken);
  turns.add(work(done, "other", 1));
  turns.remove(taken);
  expect(() => frames.shift()!()).toThrow("cannot be drawn");
  frames.shift()!();
  expect([done, frames.length]).toEqual([["other"], 0]);
});

it("while work is done in slices, the others wait, and come when it is over", async () => {
  const turns = new Turns(() => undefined);
  const done: string[] = [];
  let finish = () => {};
  turns.add(() => new Promise<void>((resolve) => (finish = resolve)));
  turns.add(work(done, "after", 1));
  frames.shift()!();
  turns.add(work(done, "asked for meanwhile", 1));
  await Promise.resolve();
  expect([done, frames.length]).toEqual([[], 0]);
  finish();
  await vi.waitFor(() => expect(frames).toHaveLength(1));
  frames.shift()!();
  expect([done, frames.length]).toEqual([["after", "asked for meanwhile"], 0]);
});

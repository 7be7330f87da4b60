import { expect, it } from "vitest";
import { CompareClock, slotsOf } from "../../../electron/ipc/compare-clock.js";

it("compare clock: slots turn round after every round, and move on after every second one", () => {
  expect(slotsOf(["phonon", "llama.cpp"], 2)).toEqual(["phonon", "llama.cpp", "llama.cpp", "phonon"]);
  expect(slotsOf(["a", "b", "c"], 4).join("")).toBe("abccbabcaacb");
});

it("compare clock: what is left is told from each engine's own runs", () => {
  let now = 0;
  const clock = new CompareClock(["phonon", "llama.cpp"], 2, () => now);
  now = 5000; // loading, which happens once
  expect(clock.etaSeconds()).toBeNull();
  clock.begin();
  now = 7000;
  clock.begin(); // the first one counts
  clock.finished("phonon"); // took 2 s
  expect(clock.etaSeconds()).toBe(6); // nothing is known of the other: 3 more like it
  now = 11_000;
  clock.finished("llama.cpp"); // 4 s
  expect(clock.etaSeconds()).toBe(6); // llama.cpp, then phonon
  now = 14_000;
  expect(clock.etaSeconds()).toBe(3);
  now = 99_000;
  expect(clock.etaSeconds()).toBe(2); // late: what comes after is still to come
  clock.finished("llama.cpp");
  clock.finished("phonon");
  expect(clock.etaSeconds()).toBe(0);
});

it("compare clock: who fails takes no more turns", () => {
  let now = 0;
  const clock = new CompareClock(["a", "b"], 2, () => now);
  clock.begin();
  now = 2000;
  clock.finished("a");
  clock.leave("b");
  expect(clock.etaSeconds()).toBe(2); // a once more
  clock.finished("a");
  expect(clock.etaSeconds()).toBe(0);
});

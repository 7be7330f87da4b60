import { describe, expect, it } from "vitest";
import { Eta } from "../../bench/eta.js";

/** A clock in seconds. */
function clock() {
  let now = 0;
  return { now: () => 1000 * now, pass: (seconds: number) => (now += seconds) };
}

describe("how long a benchmark goes on", () => {
  it("is guessed at first, and then what each contender's turns took", () => {
    const { now, pass } = clock();
    const turns = [
      { name: "fast", seconds: 30 },
      { name: "slow", seconds: 60 },
    ];
    const eta = new Eta(turns, 3, now);
    expect(eta.secondsLeft()).toBe(3 * 90);
    expect(eta.inWords()).toBe("about 5 min left");
    eta.begins("fast");
    pass(4);
    eta.begins("fast"); // loading, then measuring
    pass(6);
    expect(eta.secondsLeft()).toBe(3 * 90 - 10);
    eta.ends("fast");
    expect(eta.secondsLeft()).toBe(2 * 10 + 3 * 60);
    eta.begins("slow");
    pass(100);
    expect(eta.secondsLeft()).toBe(2 * 10 + 2 * 60); // longer than guessed, it may end at any moment
    eta.ends("slow");
    expect(eta.secondsLeft()).toBe(2 * 10 + 2 * 100);
  });

  it("leaves out who has failed, and comes to nothing", () => {
    const { now, pass } = clock();
    const eta = new Eta(
      [
        { name: "a", seconds: 10 },
        { name: "b", seconds: 20 },
      ],
      1,
      now,
    );
    eta.begins("b");
    pass(1);
    eta.givesUp("b");
    expect(eta.inWords()).toBe("about 10 s left");
    eta.begins("a");
    pass(9);
    eta.ends("a");
    expect(eta.secondsLeft()).toBe(0);
  });
});

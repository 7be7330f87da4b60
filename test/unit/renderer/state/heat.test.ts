import { describe, expect, it } from "vitest";
import { heatEvent } from "../../../../electron/agent/messages.js";
import {
  addHeat,
  meanShare,
  positionsOf,
  shareOf,
  type Heat,
  type HeatEvent,
} from "../../../../renderer/state/heat.js";
import { addEvents, newRunView } from "../../../../renderer/state/run-view.js";
import { randomFrom } from "../charts/random.js";

const event = (change: Record<string, unknown> = {}): HeatEvent =>
  heatEvent.parse({
    ...{ type: "event", run: "R", seq: 1, t_ms: 1, kind: "heat", from: 0, to: 64, neurons: 8 },
    layers: [
      [128, 32],
      [256, 0],
    ],
    ...change,
  });

const folded = (...events: HeatEvent[]): Heat => events.reduce<Heat | null>(addHeat, null)!;

describe("the heat of neurons", () => {
  it("is summed over tokens, and told as a share of them", () => {
    const heat = folded(event(), event({ from: 64, to: 96, layers: [[0, 0], [96, 1]] })); // prettier-ignore
    expect(heat).toMatchObject({ neurons: 8, layers: 2, bins: 2, tokens: 96 });
    expect([...heat.counts]).toEqual([128, 32, 352, 1]);
    expect(shareOf(heat, 0, 0, 1)).toBeCloseTo(128 / (4 * 96), 12);
    expect(shareOf(heat, 1, 0, 2)).toBeCloseTo(353 / (8 * 96), 12);
    expect(meanShare(heat, 0, 1)).toBeCloseTo(480 / (2 * 4 * 96), 12);
  });

  it("leaves what was shown before as it was", () => {
    const before = folded(event());
    const kept = [...before.counts];
    addHeat(before, event());
    expect([...before.counts]).toEqual(kept);
  });

  it("passes by what is told of other layers, and stays as large as it was", () => {
    const heat = folded(event());
    for (const other of [{ neurons: 9 }, { layers: [[1, 1]] }, { layers: [[1], [1]] }]) {
      expect(addHeat(heat, event(other))).toBe(heat);
    }
  });

  it("has every position in one bin, also where bins do not divide neurons", () => {
    const random = randomFrom(11);
    for (let round = 0; round < 40; round++) {
      const bins = 1 + Math.floor(random() * 256);
      const neurons = bins + Math.floor(random() * 20_000);
      let end = 0;
      for (let bin = 0; bin < bins; bin++) {
        const [from, to] = positionsOf({ neurons, bins }, bin);
        expect(from).toBe(end);
        expect(to).toBeGreaterThan(from);
        expect(from).toBeGreaterThanOrEqual((bin * neurons) / bins);
        end = to;
      }
      expect(end).toBe(neurons);
    }
  });

  it("is the same live, event by event, and replayed at once", () => {
    const events = Array.from(
      { length: 9 },
      (_, at) =>
      event({ seq: at + 1, from: 64 * at, to: 64 * (at + 1), layers: [[at, 1], [3, 2 * at]] }), // prettier-ignore
    );
    const replayed = addEvents(newRunView("R", false, null), events);
    const live = events.reduce((view, one) => addEvents(view, [one, one]), newRunView("R", true, null));
    expect(live.heat).toEqual(replayed.heat);
    expect(live.heat).toMatchObject({ tokens: 576 });
    expect([...live.heat!.counts]).toEqual([36, 9, 27, 72]);
  });
});

describe("heat from an agent", () => {
  it.each([
    ["no layer", { layers: [] }],
    ["layers without bins", { layers: [[], []] }],
    ["layers of different bins", { layers: [[1, 2], [3]] }],
    ["too many bins", { neurons: 1024, layers: [Array<number>(257).fill(0)] }],
    ["too many layers", { layers: Array<number[]>(4097).fill([0]) }],
    ["more bins than neurons", { neurons: 1 }],
    ["no tokens", { from: 64, to: 64 }],
    ["a negative count", { layers: [[-1, 0]] }],
    ["a fraction", { layers: [[0.5, 0]] }],
  ])("is refused with %s", (_, change) => expect(() => event(change)).toThrow());
});

/** Big, mid and little cores, by the agent's own rule (telemetry/device_facts.cc). */
import type { Core } from "./cores.js";

export type CoreClass = "big" | "mid" | "little";
export type ClassedCore = Core & { class: CoreClass };

/** Big: at least four fifths of the highest clock, or a clock that is not told. Little: the lowest clock. */
export function classify(cores: readonly Core[]): ClassedCore[] {
  const clocks = cores.flatMap(({ maxMhz }) => maxMhz ?? []);
  const [highest, lowest] = [Math.max(...clocks), Math.min(...clocks)];
  return cores.map((core) => {
    const isBig = core.maxMhz === null || core.maxMhz * 5 >= highest * 4;
    return { ...core, class: isBig ? "big" : core.maxMhz === lowest ? "little" : "mid" };
  });
}

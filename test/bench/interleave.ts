/** Contenders in ABBA order, and what the rounds say of the first against the others. */
import { pairedRatio, spreadOf, type Ratio, type Spread } from "../../electron/runs/statistics.js";
import type { Contender } from "./contender.js";

export interface Measured {
  label: string;
  values: number[];
  spread: Spread;
}

/** One round each that is not counted, then `rounds` rounds, every second one in reverse order. */
export async function interleave(
  contenders: readonly Contender[],
  rounds: number,
  onRound: (round: number) => void,
): Promise<Measured[]> {
  const values = contenders.map((): number[] => []);
  for (const contender of contenders) await contender.measure();
  for (let round = 0; round < rounds; round++) {
    const order = contenders.map((_, i) => i);
    if (round % 2 === 1) order.reverse();
    for (const i of order) values[i]?.push((await contenders[i]?.measure()) ?? NaN);
    onRound(round + 1);
  }
  return contenders.map(({ label }, i) => ({ label, values: values[i] ?? [], spread: spreadOf(values[i] ?? []) }));
}

/** The first against the strongest of the others: the one with the highest median. REQUIRES two at least. */
export function againstStrongest(measured: readonly Measured[]): { ratio: Ratio; strongest: string } {
  const [ours, ...others] = measured;
  const strongest = [...others].sort((a, b) => b.spread.median - a.spread.median)[0];
  if (!ours || !strongest) throw new Error("a comparison needs two contenders");
  return { ratio: pairedRatio(ours.values, strongest.values), strongest: strongest.label };
}

/** How long rounds will still take, from how long their runs took so far. */
import { orderOf } from "../runs/rounds-order.js";

/** Which contender runs in which place, all rounds in a row. */
export function slotsOf<Name extends string>(names: readonly Name[], rounds: number): Name[] {
  return Array.from({ length: rounds }, (_, round) =>
    orderOf(round, names.length).flatMap((i) => names[i] ?? []),
  ).flat();
}

export class CompareClock {
  #slots: string[];
  readonly #tookMs = new Map<string, number[]>();
  #done = 0;
  #slotBegan: number | undefined;

  constructor(
    names: readonly string[],
    rounds: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#slots = slotsOf(names, rounds);
  }

  /** The first round begins. What is loaded and warmed up before is done once and says nothing of what is left. */
  begin(): void {
    this.#slotBegan ??= this.now();
  }

  finished(name: string): void {
    const now = this.now();
    const took = this.#tookMs.get(name) ?? [];
    this.#tookMs.set(name, [...took, now - (this.#slotBegan ?? now)]);
    this.#slotBegan = now;
    this.#done++;
  }

  /** It has failed, and takes no more turns. */
  leave(name: string): void {
    this.#slots = this.#slots.filter((slot, i) => i < this.#done || slot !== name);
    this.#slotBegan = this.now();
  }

  /** null: no run has ended yet. */
  etaSeconds(): number | null {
    const all = mean([...this.#tookMs.values()].flat());
    if (all === null || this.#slotBegan === undefined) return null;
    const left = this.#slots.slice(this.#done).map((name) => mean(this.#tookMs.get(name) ?? []) ?? all);
    const [current = 0, ...later] = left;
    const ms = Math.max(0, current - (this.now() - this.#slotBegan)) + later.reduce((sum, each) => sum + each, 0);
    return ms / 1000;
  }
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

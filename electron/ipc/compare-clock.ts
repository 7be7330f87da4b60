/** How long a comparison will still take, from how long its runs took so far. */
import type { EngineName } from "../targets/target.js";

/** Which engine runs in which place: the order turns round after every round (ABBA). */
export function slotsOf(engines: readonly EngineName[], rounds: number): EngineName[] {
  return Array.from({ length: rounds }, (_, round) => (round % 2 === 0 ? [...engines] : [...engines].reverse())).flat();
}

export class CompareClock {
  readonly #slots: EngineName[];
  readonly #tookMs = new Map<EngineName, number[]>();
  #done = 0;
  #slotBegan: number | undefined;

  constructor(
    engines: readonly EngineName[],
    rounds: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#slots = slotsOf(engines, rounds);
  }

  /** The first round begins. What is loaded and warmed up before is done once and says nothing of what is left. */
  begin(): void {
    this.#slotBegan ??= this.now();
  }

  finished(engine: EngineName): void {
    const now = this.now();
    const took = this.#tookMs.get(engine) ?? [];
    this.#tookMs.set(engine, [...took, now - (this.#slotBegan ?? now)]);
    this.#slotBegan = now;
    this.#done++;
  }

  /** null: no run has ended yet. */
  etaSeconds(): number | null {
    const all = mean([...this.#tookMs.values()].flat());
    if (all === null || this.#slotBegan === undefined) return null;
    const left = this.#slots.slice(this.#done).map((engine) => mean(this.#tookMs.get(engine) ?? []) ?? all);
    const [current = 0, ...later] = left;
    const ms = Math.max(0, current - (this.now() - this.#slotBegan)) + later.reduce((sum, each) => sum + each, 0);
    return ms / 1000;
  }
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

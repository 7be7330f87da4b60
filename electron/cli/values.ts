/** Option values: text in, a checked value out. What is refused ends the program with status 2 and names the option. */
import { InvalidArgumentError } from "commander";

export function integer(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= low && value <= high && Number.isSafeInteger(value)) return value;
    const range = high === Number.MAX_SAFE_INTEGER ? `at least ${low}` : `from ${low} to ${high}`;
    throw new InvalidArgumentError(`It must be a whole number, ${range}.`);
  };
}

export function decimal(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`);
  };
}

/** "1500000000", "512M", "1.5G": powers of 1024. */
export function byteSize(low: number): (text: string) => number {
  return (text) => {
    const [, digits, unit] = /^(\d{1,15}(?:\.\d{1,6})?)([KMGT]?)$/i.exec(text) ?? [];
    const value = Math.round(Number(digits ?? NaN) * 1024 ** " KMGT".indexOf((unit || " ").toUpperCase()));
    if (value >= low && Number.isSafeInteger(value)) return value;
    throw new InvalidArgumentError(`It must be a size of at least ${low / 1024 ** 2}M, as in 512M or 1G.`);
  };
}

/** "2000M..4000M" or "2000M,3000M,4G", of at least `low` bytes each. */
export function budgetList(low: number): (text: string) => { between: boolean; sizes: number[] } {
  return (text) => {
    const between = text.includes("..");
    const sizes = text.split(between ? ".." : ",").map(byteSize(low));
    if (between && sizes.length !== 2) throw new InvalidArgumentError("It must be a range, as in 2000M..4000M.");
    if (new Set(sizes).size !== sizes.length) throw new InvalidArgumentError("It names a size twice.");
    return { between, sizes };
  };
}

/** "0,2,4-7" */
export function coreList(text: string): number[] {
  const cores = text.split(",").flatMap((part) => {
    const [, first, last] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
    const [low, high] = [Number(first ?? NaN), Number(last ?? first ?? NaN)];
    if (!(low <= high)) throw new InvalidArgumentError("It must list cores, as in 0,2,4-7.");
    return Array.from({ length: high - low + 1 }, (_, i) => low + i);
  });
  if (new Set(cores).size !== cores.length) throw new InvalidArgumentError("It names a core twice.");
  return cores;
}

/** Collects an option that may be given several times. */
export const collect = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

/** One of the names; one of `later` is known but has not been built yet. */
export function oneOf<T extends string>(names: readonly T[], later: readonly string[] = []): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found !== undefined) return found;
    const reason = later.includes(text) ? "It is not available yet." : `It must be one of ${names.join(", ")}.`;
    throw new InvalidArgumentError(reason);
  };
}

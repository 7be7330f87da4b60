/** Thermal zones by what they measure, told from the names that vendors give them. */
export const ZONE_KINDS = ["cpu", "gpu", "npu", "skin", "battery", "other"] as const;
export type ZoneKind = (typeof ZONE_KINDS)[number];

const NAMES: readonly [ZoneKind, RegExp][] = [
  ["battery", /batt|bms/i],
  ["gpu", /gpu|g3d|mali/i],
  ["npu", /npu|nsp|nspss|cdsp|tpu|apu/i],
  ["cpu", /cpu|cluster|big|mid|little|soc|package|core|x86_pkg|tsens/i],
  ["skin", /skin|shell|quiet|xo|back|front|surface|sub/i],
];

export const kindOfZone = (name: string): ZoneKind => NAMES.find(([, pattern]) => pattern.test(name))?.[0] ?? "other";

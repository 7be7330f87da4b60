/** Thermal zones by what they measure, told from the names that vendors give them. */
import { Column } from "../../state/columns.js";
import { BATTERY_ZONE, type SampleColumns, type Trace } from "../../state/trace.js";

export type ZoneKind = "cpu" | "gpu" | "npu" | "skin" | "battery" | "other";

const KINDS: readonly [ZoneKind, RegExp][] = [
  ["battery", /batt|bms/i],
  ["gpu", /gpu|g3d|mali/i],
  ["npu", /npu|nsp|nspss|cdsp|tpu|apu/i],
  ["cpu", /cpu|cluster|big|mid|little|soc|package|core|x86_pkg|tsens/i],
  ["skin", /skin|shell|quiet|xo|back|front|surface|sub/i],
];

export function kindOfZone(name: string): ZoneKind {
  if (name === BATTERY_ZONE) return "battery";
  return KINDS.find(([, pattern]) => pattern.test(name))?.[0] ?? "other";
}

interface Hottest {
  kind: ZoneKind;
  hottest: Column; // [sample] °C
  filled: number; // samples that are in it
}

const known = new WeakMap<SampleColumns, Map<ZoneKind, Hottest>>();

/** Each kind that the device has, and its hottest zone at each sample. Filled as samples come. */
export function kindsOfZones({ samples, sampleCount }: Trace): Hottest[] {
  let kinds = known.get(samples);
  if (kinds === undefined) known.set(samples, (kinds = new Map<ZoneKind, Hottest>()));
  for (const name of samples.zones.keys()) {
    const kind = kindOfZone(name);
    if (!kinds.has(kind)) kinds.set(kind, { kind, hottest: Column.single(), filled: 0 });
  }
  for (const of of kinds.values()) {
    const zones = [...samples.zones].filter(([name]) => kindOfZone(name) === of.kind).map(([, column]) => column);
    for (; of.filled < sampleCount; of.filled++) of.hottest.set(of.filled, hottestAt(zones, of.filled));
  }
  return ORDER.flatMap((kind) => kinds.get(kind) ?? []);
}

const ORDER: readonly ZoneKind[] = ["cpu", "gpu", "npu", "skin", "battery", "other"];

function hottestAt(zones: readonly Column[], sample: number): number {
  let hottest = NaN;
  for (const zone of zones) {
    const celsius = zone.at(sample);
    if (celsius > hottest || Number.isNaN(hottest)) hottest = celsius;
  }
  return hottest;
}

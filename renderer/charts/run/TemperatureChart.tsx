/** Temperatures: the hottest zone of each kind. A phone has some eighty zones, most of them next to each other. */
import { memo } from "react";
import { digits, tick } from "../../state/format.js";
import type { Trace } from "../../state/trace.js";
import { ZONE_KINDS, type ZoneKind } from "../../state/zones.js";
import { rangeAxis } from "../data/scale.js";
import type { Line } from "../marks/lines.js";
import type { ChartProps } from "./chart.js";
import { SamplesChart } from "./SamplesChart.js";

const celsius = (value: number) => `${digits(value)} °C`;
const NARROWEST = 10; // °C; or an axis would make mountains of a sensor's noise
const degreesTick = (value: number) => `${tick(value)} °C`;

const celsiusAxis = (least: number, most: number) => rangeAxis(least, most, NARROWEST, 3);

const LOOKS: Record<ZoneKind, Pick<Line, "label" | "colour" | "look">> = {
  cpu: { label: "CPU", colour: "var(--series-2)", look: "thick" },
  gpu: { label: "GPU", colour: "var(--series-1)", look: "line" },
  npu: { label: "NPU", colour: "var(--series-3)", look: "line" },
  skin: { label: "skin", colour: "var(--ink)", look: "dash" },
  battery: { label: "battery", colour: "var(--series-4)", look: "dash" },
  other: { label: "other", colour: "var(--ink-3)", look: "dots" },
};

export function temperatureLines(trace: Trace): Line[] {
  return ZONE_KINDS.flatMap((kind) => {
    const column = trace.samples.zones.get(kind);
    return column ? [{ id: kind, trace, of: "samples", column, text: celsius, ...LOOKS[kind] }] : [];
  });
}

export const TemperatureChart = memo(function TemperatureChart({ trace, target }: ChartProps) {
  const why =
    target === "this computer"
      ? "has no temperature sensor that can be read"
      : "does not let a shell read its temperatures";
  return (
    <SamplesChart
      trace={trace}
      id="temperature"
      title="Temperature"
      unit="hottest of each kind"
      lines={temperatureLines(trace)}
      axis={celsiusAxis}
      yText={degreesTick}
      why={`${target} ${why}.`}
    />
  );
});

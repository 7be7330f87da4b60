/** A plan for people. */
import type { Plan } from "../models/index.js";
import type { PlannedRun } from "../runs/plan.js";
import { bytes, count, milliseconds, percent, plain, significant, speed, table } from "./units.js";

const SOURCES: Record<Plan["knobs"][number]["source"], string> = {
  ...{ measured: "measured", pack: "from pack", model: "the model's", user: "yours", assumed: "ASSUMED" },
};

export function describePlan({ target, model, measuredAt, plan }: PlannedRun): string {
  const day = measuredAt.slice(0, 16).replace("T", " ");
  return [
    `${plain(model)} on ${target}, measured ${day}`,
    knobs(plan),
    predictions(plan),
    curve(plan),
    ...(plan.activity.assumed
      ? [`How its neurons fire is ${plain(plan.activity.source)}. \`phonon pack\` measures it.`]
      : []),
  ].join("\n\n");
}

function knobs({ knobs: all }: Plan): string {
  const rows = all.map(({ name, value, unit, source, reason }) => [
    plain(name),
    valueOf(value, unit),
    SOURCES[source],
    plain(reason),
  ]);
  return table([["KNOB", "VALUE", "SOURCE", "REASON"], ...rows]);
}

function valueOf(value: string | number, unit: string): string {
  if (typeof value === "string") return unit === "" ? plain(value) : `${plain(value)} (${plain(unit)})`;
  return unit === "bytes" ? bytes(value) : `${count(value)} ${plain(unit)}`;
}

function predictions({ decode, prefill, memory }: Plan): string {
  const { parts_ms: ms } = decode;
  const parts = Object.entries(memory.parts_bytes).filter(([, size]) => size > 0);
  return table([
    ["PREDICTED", ""],
    ["decode", `${speed(decode.tokens_per_s)}, ${milliseconds(decode.token_ms)} a token`],
    [
      "per token",
      `attention ${milliseconds(ms.attention)}, predict ${milliseconds(ms.predictor)}, cache ${milliseconds(ms.cache)}, ` +
        `compute ${milliseconds(ms.compute)}, wait for flash ${milliseconds(ms.stall)}, other ${milliseconds(ms.other)}`,
    ],
    [
      "neurons",
      `${count(decode.let_through)} let through and ${count(decode.active)} active a token; ${percent(decode.hit_rate)} found in the cache`,
    ],
    [
      "flash",
      `${count(decode.reads)} reads and ${bytes(decode.read_bytes)} a token, ${milliseconds(decode.flash_ms)} of reading`,
    ],
    ["prefill", `${speed(prefill.tokens_per_s)}, first token after ${milliseconds(prefill.ttft_ms)}`],
    [
      "memory",
      `peak ${bytes(memory.peak_bytes)}: ${parts.map(([name, size]) => `${plain(name)} ${bytes(size)}`).join(", ")}`,
    ],
  ]);
}

function curve({ curve: points, smallest_bytes: least, largest_bytes: most }: Plan): string {
  const rows = points.map((p) => [
    bytes(p.memory_bytes),
    count(p.cache_neurons),
    percent(p.hit_rate),
    `${significant(p.tokens_per_s)} tok/s`,
  ]);
  const range = `the least that works: ${bytes(least)}; everything in memory: ${bytes(most)}`;
  return [table([["MEMORY", "NEURONS CACHED", "HITS", "DECODE"], ...rows]), range].join("\n");
}

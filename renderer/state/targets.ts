/** What is known of a target, in words. */
import type { Check, DeviceReport, TargetInfo } from "../../electron/ipc/contract.js";
import { bytes, digits, text } from "./format.js";
import { plain } from "./plain.js";

interface StateInWords {
  label: string;
  tone: "ok" | "warn" | "fail";
}

const STATES: Record<TargetInfo["state"], StateInWords> = {
  ready: { label: "Ready", tone: "ok" },
  unauthorized: { label: "Not authorised", tone: "warn" },
  offline: { label: "Offline", tone: "fail" },
  "no-permission": { label: "No permission", tone: "fail" },
  connecting: { label: "Connecting", tone: "warn" },
};

/** A target that is only known by its id, as those of runs are. */
export const targetInWords = (id: string): string => (id === "local" ? "This computer" : plain(id));

export const stateInWords = ({ state }: TargetInfo): StateInWords => STATES[state];

export interface Fact {
  label: string;
  value: string;
}

/** In the order in which people ask for them. What the target does not tell is left out. */
export function factsOf(report: DeviceReport): Fact[] {
  const { soc, abi, os, kernel, npu, cores, battery, throttling } = report;
  return [
    fact("Chip", soc),
    fact("Cores", coresInWords(cores)),
    fact("NPU", npu),
    fact("Battery", battery && batteryInWords(battery)),
    fact("Heat", heatInWords(report.temps, throttling)),
    fact("System", [os, kernel].filter((part) => part !== null).join(" · ") || null),
    fact("ABI", abi),
  ].filter((known) => known !== null);
}

const fact = (label: string, value: string | null): Fact | null =>
  value === null ? null : { label, value: plain(value) };

/** "4 × 3.30 GHz big, 4 × 1.80 GHz little": cores that are alike together, the fastest first. */
export function coresInWords(cores: DeviceReport["cores"]): string | null {
  const groups = new Map<string, { count: number; maxMhz: number | null; kind: string }>();
  for (const core of cores) {
    const key = `${core.maxMhz} ${core.class}`;
    const group = groups.get(key) ?? { count: 0, maxMhz: core.maxMhz, kind: core.class };
    groups.set(key, { ...group, count: group.count + 1 });
  }
  const sorted = [...groups.values()].sort((a, b) => (b.maxMhz ?? 0) - (a.maxMhz ?? 0));
  const isMixed = sorted.length > 1;
  const words = sorted.map(({ count, maxMhz, kind }) => {
    const clock = maxMhz === null ? (count === 1 ? " core" : " cores") : ` × ${digits(maxMhz / 1000)} GHz`;
    return `${count}${clock}${isMixed ? ` ${kind}` : ""}`.replaceAll(" ", "\u00a0"); // lines break between groups
  });
  return words.join(", ") || null;
}

function batteryInWords({ percent, charging, celsius }: NonNullable<DeviceReport["battery"]>): string | null {
  const parts = [
    percent === null ? null : `${Math.round(percent)} %`,
    charging === null ? null : charging ? "charging" : "discharging",
    celsius === null ? null : `${celsius.toFixed(1)} °C`,
  ];
  return parts.filter((part) => part !== null).join(", ") || null;
}

function heatInWords(temps: DeviceReport["temps"], throttling: string | null): string | null {
  const [hottest] = [...temps].sort((a, b) => b.celsius - a.celsius);
  const speed = throttling === null ? null : throttling === "none" ? "not throttled" : `throttled: ${throttling}`;
  const place = hottest && `${hottest.celsius.toFixed(1)} °C (${hottest.zone})`;
  return [speed, place].filter((part) => part != null).join(", ") || null;
}

/** How much of something there is left. */
export interface Level {
  label: string;
  left: number; // bytes
  total: number; // bytes
  words: string;
}

export function levelsOf({ memory, storage }: DeviceReport): Level[] {
  const level = (label: string, left: number | null, total: number | null, word: string): Level[] => {
    if (left === null || total === null || total <= 0) return [];
    return [{ label, left, total, words: `${text(bytes(left))} of ${text(bytes(total))} ${word}` }];
  };
  return [
    ...level("Memory", memory.availableBytes, memory.totalBytes, "available"),
    ...level("Storage", storage.freeBytes, storage.totalBytes, "free"),
  ];
}

/** What needs attention comes first. */
export function sortedChecks(checks: readonly Check[]): Check[] {
  const rank = { fail: 0, warn: 1, ok: 2 };
  return [...checks].sort((a, b) => rank[a.status] - rank[b.status]);
}

export function checksInWords(checks: readonly Check[]): string {
  const failed = checks.filter(({ status }) => status === "fail").length;
  const warned = checks.filter(({ status }) => status === "warn").length;
  if (failed > 0) return failed === 1 ? "One check failed" : `${failed} checks failed`;
  if (warned > 0) return warned === 1 ? "Ready, with one reservation" : `Ready, with ${warned} reservations`;
  return "All checks passed";
}

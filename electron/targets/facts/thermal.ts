/** `dumpsys thermalservice` (Android 10 and later). */
import type { Temperature } from "../../agent/messages.js";

/** android.os.PowerManager's THERMAL_STATUS_*, by number. */
const names = ["none", "light", "moderate", "severe", "critical", "emergency", "shutdown"] as const;
export type ThermalStatus = (typeof names)[number];

export interface ThermalReport {
  status: ThermalStatus;
  temps: Temperature[];
}

/** null: the device has no thermal service. */
export function parseThermal(text: string): ThermalReport | null {
  const status = /^\s*Thermal Status:\s*(\d)\s*$/m.exec(text)?.[1];
  if (status === undefined) return null;
  // "Cached temperatures" may be old or empty; "Current temperatures from HAL" are read at this moment.
  const current = text.split(/^Current temperatures from HAL:\s*$/m)[1]?.split(/^\S.*:\s*$/m)[0];
  const temps: Temperature[] = [];
  const entry =
    /Temperature\{mValue=(-?\d{1,4}(?:\.\d{1,9})?(?:E-?\d+)?), mType=-?\d+, mName=([^,{}]{1,64}), mStatus=\d+\}/g;
  for (const match of (current ?? text).matchAll(entry)) {
    const celsius = Number(match[1]);
    if (Number.isFinite(celsius) && temps.length < 256) temps.push({ zone: match[2] ?? "", celsius });
  }
  return { status: names[Number(status)] ?? "shutdown", temps };
}

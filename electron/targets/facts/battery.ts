/** `dumpsys battery`. */
import type { Battery } from "../../agent/messages.js";

/** null: the device has no battery service. */
export function parseBattery(text: string): Battery | null {
  const value = (key: string): string | undefined => new RegExp(`^\\s*${key}:\\s*(\\S+)\\s*$`, "m").exec(text)?.[1];
  const number = (key: string): number | null => {
    const raw = value(key);
    return raw !== undefined && /^-?\d{1,9}$/.test(raw) ? Number(raw) : null;
  };
  const level = number("level");
  const scale = number("scale") ?? 100;
  if (level === null) return null;
  const millivolts = number("voltage");
  const tenths = number("temperature");
  const status = number("status"); // BatteryManager: 2 charging, 3 discharging, 4 not charging, 5 full
  return {
    // Some makers report volts where Android means millivolts.
    volts: millivolts === null || millivolts <= 0 ? null : millivolts < 100 ? millivolts : millivolts / 1000,
    amps: null, // dumpsys has no current: "Max charging current" is what the charger offers
    charging: status === null ? null : status === 2 || status === 5,
    percent: scale > 0 ? (100 * level) / scale : null,
    celsius: tenths === null ? null : tenths / 10,
  };
}

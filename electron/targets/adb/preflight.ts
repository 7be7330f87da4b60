/** What must be true of a phone before a run, each with what to do when it is not. */
import { agentBinary, buildCommand } from "../../agent/builds.js";
import type { Battery } from "../../agent/messages.js";
import { PhononError, messageOf } from "../../base/errors.js";
import { chooseLevel } from "../levels.js";
import type { DiskSpace } from "../facts/df.js";
import type { ThermalReport } from "../facts/thermal.js";
import type { Check } from "../target.js";
import { runOk } from "./exec.js";
import { readBattery, readFacts, readSpace, readThermal } from "./facts.js";
import type { Facts } from "./facts.js";
import { root, writable } from "./paths.js";
import { sh } from "./shell-text.js";

const gib = 1024 ** 3;
export const runnableAbis = ["arm64-v8a", "x86_64"];

/** Checks of a phone that is ready. One that cannot be made fails alone. */
export async function preflight(serial: string): Promise<Check[]> {
  const facts = readFacts(serial);
  return Promise.all([
    check("ABI", async () => abiCheck((await facts).properties["ro.product.cpu.abi"])),
    check("agent", async () => agentCheck(await facts)),
    check("free space", async () => spaceCheck(await readSpace(serial))),
    check("battery", async () => batteryCheck(await readBattery(serial))),
    check("thermal state", async () => thermalCheck(await readThermal(serial))),
    check("writable folder", () => writableCheck(serial)),
  ]);
}

type Finding = Omit<Check, "name">;

async function check(name: string, find: () => Promise<Finding>): Promise<Check> {
  try {
    return { name, ...(await find()) };
  } catch (error) {
    if (!(error instanceof PhononError)) throw error;
    return { name, status: "fail", detail: messageOf(error), remedy: "Check the cable and try again." };
  }
}

export function abiCheck(abi: string | null): Finding {
  if (abi === null) return { status: "fail", detail: "The phone does not tell its ABI.", remedy: "Use another phone." };
  if (runnableAbis.includes(abi)) return { status: "ok", detail: abi };
  const remedy = `Use a phone with one of: ${runnableAbis.join(", ")}.`;
  return { status: "fail", detail: `There is no agent for ${abi}.`, remedy };
}

export function agentCheck({ properties, cpu }: Facts): Finding {
  const abi = properties["ro.product.cpu.abi"] ?? "";
  try {
    agentBinary(abi, "phonon");
    const level = chooseLevel(abi, cpu.features);
    agentBinary(abi, "llama.cpp", level);
    return { status: "ok", detail: `phonon and llama.cpp (${level}) are built for it` };
  } catch (error) {
    if (!(error instanceof PhononError)) throw error;
    const remedy =
      error.code === "agent_not_built" ? `Run \`${buildCommand(abi)}\`.` : "Use another phone for llama.cpp.";
    return { status: error.code === "agent_not_built" ? "fail" : "warn", detail: error.message, remedy };
  }
}

export function spaceCheck(space: DiskSpace | null): Finding {
  if (!space)
    return { status: "warn", detail: `Free space of ${writable} is unknown.`, remedy: "See that it is enough." };
  const detail = `${(space.freeBytes / gib).toFixed(1)} GiB free in ${writable}`;
  const remedy = "Delete something on the phone, or remove models that Phonon brought there.";
  if (space.freeBytes < gib / 4) return { status: "fail", detail, remedy };
  return space.freeBytes < 2 * gib ? { status: "warn", detail, remedy } : { status: "ok", detail };
}

export function batteryCheck(battery: Battery | null): Finding {
  if (!battery)
    return { status: "warn", detail: "The phone does not tell its battery's state.", remedy: "Look at it." };
  const percent = battery.percent ?? 0;
  const detail = `${Math.round(percent)} %${battery.charging ? ", charging" : ""}`;
  if (percent < 5) return { status: "fail", detail, remedy: "Charge it: it could turn itself off." };
  if (percent < 20) return { status: "warn", detail, remedy: "Charge it: phones slow down when the battery is low." };
  if (!battery.charging) return { status: "ok", detail };
  return { status: "ok", detail: `${detail}: energy cannot be measured while it charges` };
}

export function thermalCheck(thermal: ThermalReport | null): Finding {
  if (!thermal) {
    return { status: "warn", detail: "The phone does not tell its thermal state.", remedy: "See that it is cool." };
  }
  const { status, temps } = thermal;
  const hottest = temps.reduce((most, { celsius }) => Math.max(most, celsius), Number.NEGATIVE_INFINITY);
  const detail = `throttling: ${status}${Number.isFinite(hottest) ? `, hottest sensor ${hottest.toFixed(1)} °C` : ""}`;
  if (status === "none") return { status: "ok", detail };
  const remedy = "Let it cool down, out of its case and off the charger.";
  return { status: status === "light" || status === "moderate" ? "warn" : "fail", detail, remedy };
}

async function writableCheck(serial: string): Promise<Finding> {
  const probe = `${root}/writable`;
  await runOk(serial, sh`mkdir -p ${root} && echo test > ${probe} && rm ${probe}`, {
    what: `Writing to ${root}`,
    ms: 10_000,
  });
  return { status: "ok", detail: root };
}

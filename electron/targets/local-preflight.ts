/** What must be true of this computer before a run. */
import { readFile, statfs } from "node:fs/promises";
import { freemem, tmpdir, totalmem } from "node:os";
import { agentBinary, hostAbi } from "../agent/builds.js";
import { PhononError } from "../base/errors.js";
import { parseMemInfo } from "./facts/meminfo.js";
import { chooseLevel } from "./levels.js";
import { readLocalBattery } from "./local-facts.js";
import type { Check } from "./target.js";

const gib = 1024 ** 3;

export async function localPreflight(features: readonly string[]): Promise<Check[]> {
  const abi = hostAbi() ?? "unknown";
  return [
    { name: "ABI", status: "ok", detail: abi },
    built("agent", () => agentBinary(abi, "phonon")),
    built("llama.cpp", () => agentBinary(abi, "llama.cpp", chooseLevel(abi, features))),
    await memoryCheck(),
    await spaceCheck(),
    ...(await powerCheck()),
  ];
}

function built(name: string, find: () => string): Check {
  try {
    return { name, status: "ok", detail: find() };
  } catch (error) {
    if (!(error instanceof PhononError)) throw error;
    const missing = error.code === "agent_not_built";
    const remedy = missing ? "Run `npm run setup`." : "Use the engine phonon.";
    return { name, status: missing ? "fail" : "warn", detail: error.message, remedy };
  }
}

async function memoryCheck(): Promise<Check> {
  const { availableBytes } = parseMemInfo(await readFile("/proc/meminfo", "utf-8").catch(() => ""));
  const free = availableBytes ?? freemem();
  const detail = `${(free / gib).toFixed(1)} of ${(totalmem() / gib).toFixed(1)} GiB available`;
  if (free >= gib) return { name: "memory", status: "ok", detail };
  return { name: "memory", status: "warn", detail, remedy: "Close programs that use much memory." };
}

/** Sockets and spools lie in the folder for temporary files. */
async function spaceCheck(): Promise<Check> {
  const { bavail, bsize } = await statfs(tmpdir());
  const detail = `${((bavail * bsize) / gib).toFixed(1)} GiB free in ${tmpdir()}`;
  if (bavail * bsize >= gib / 16) return { name: "free space", status: "ok", detail };
  return { name: "free space", status: "fail", detail, remedy: "Delete something there, or set TMPDIR." };
}

/** Laptops on battery slow their processors down. */
async function powerCheck(): Promise<Check[]> {
  const battery = await readLocalBattery();
  if (battery === null) return [];
  const name = "battery";
  const detail = `${battery.percent ?? "?"} %, ${battery.charging ? "on mains" : "discharging"}`;
  if (battery.charging) return [{ name, status: "ok", detail }];
  return [{ name, status: "warn", detail, remedy: "Plug in the charger: processors run slower on battery." }];
}

/** Starts an agent that outlives the cable, and asks after it later. */
import type { Listening } from "../../agent/messages.js";
import { readListening } from "../listening.js";
import { run, runOk, withExec } from "./exec.js";
import { lastWordsPath, sessionPath, sessionsFolder } from "./paths.js";
import { sh } from "./shell-text.js";

export interface StartOptions {
  binary: string; // on the device
  nonce: string; // names the socket and the spool's folder
  token: string;
  leaseSeconds: number;
  signal?: AbortSignal | undefined;
}

const startMs = 20_000;

export const socketName = (nonce: string): string => `phonon-${nonce}`;

/** The token goes through standard input: arguments can be read by everyone on the device. */
export function startAgent(serial: string, options: StartOptions): Promise<Listening> {
  const { binary, nonce, token, signal } = options;
  const folder = sessionPath(nonce);
  const lease = Math.ceil(options.leaseSeconds);
  // Spools of agents that a reboot or lmkd ended are nobody's; a living one writes to its own every day.
  const command = sh`mkdir -p ${folder} && chmod 700 ${folder} &&
    find ${sessionsFolder} -mindepth 1 -maxdepth 1 -mtime +2 -exec rm -rf {} + ;
    exec ${binary} serve --socket @${socketName(nonce)} --dir ${folder} --daemon --lease ${lease} 2>&1`;
  return withExec(serial, command, { what: "Starting the agent", ms: startMs, signal }, (socket) => {
    socket.write(`${token}\n`);
    return readListening(socket, `The agent on ${serial}`);
  });
}

/** What the agent's keeper wrote when the kernel ended the agent; throws where there is nothing. */
export function readLastWords(serial: string, nonce: string, signal?: AbortSignal): Promise<string> {
  const operation = { what: "Asking why the agent ended", ms: 5_000, signal };
  return runOk(serial, sh`cat ${lastWordsPath(nonce)}`, operation);
}

/** Whether the agent's process is still there; throws when the device cannot be asked. */
export async function agentLives(serial: string, pid: number, signal?: AbortSignal): Promise<boolean> {
  const operation = { what: "Looking for the agent", ms: 5_000, signal };
  return (await run(serial, sh`test -d /proc/${pid}`, operation)).status === 0;
}

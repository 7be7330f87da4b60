/**
 * An adb server of these tests' own, on a port of its own, for every program that they start: what lists phones would
 * otherwise start one on the user's port, and leave it behind. Without adb there is none, as for a user without it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { findAdb } from "../../electron/targets/adb/executable.js";
import { freePort } from "../phone/harness/host.js";

export default async function setup(): Promise<() => Promise<void>> {
  const adb = findAdb();
  const port = String(await freePort());
  process.env["ANDROID_ADB_SERVER_PORT"] = port;
  process.env["ADB_LOCAL_TRANSPORT_MAX_PORT"] = "5553"; // looks for no emulators on this machine
  if (adb === null) return () => Promise.resolve();
  const command = [adb, "-P", port, "nodaemon", "server"];
  const [file, ...args] = process.platform === "linux" ? ["setpriv", "--pdeathsig", "KILL", ...command] : command;
  const server = spawn(file!, args, { stdio: "ignore" });
  await once(server, "spawn");
  return async () => {
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
  };
}

/** Where Phonon keeps runs, remembered models and hashes: $PHONON_HOME, else the system's usual place for such data. */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

export function phononHome(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  if (env["PHONON_HOME"]) return resolve(env["PHONON_HOME"]);
  switch (platform) {
    case "darwin":
      return join(homedir(), "Library", "Application Support", "phonon");
    case "win32":
      return join(env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "phonon");
    default: {
      const data = env["XDG_DATA_HOME"]; // the specification says to ignore relative paths
      return join(data && isAbsolute(data) ? data : join(homedir(), ".local", "share"), "phonon");
    }
  }
}

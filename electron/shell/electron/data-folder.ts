/**
 * Electron's own files (cache, window, the lock that keeps a second program out) lie in the data folder, so that there
 * is one window for each data folder. Must be called before the lock is asked for.
 */
import { join } from "node:path";
import { app } from "electron";
import { phononHome } from "../../base/home.js";

export function setupDataFolder(): void {
  app.setPath("userData", join(phononHome(), "electron"));
}

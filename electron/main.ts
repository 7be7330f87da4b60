/** Electron's entry: a list of what is set up. */
import { app } from "electron";
import { createControl } from "./ipc/handlers.js";
import { realControl } from "./shell/control.js";
import { setupContentPolicy } from "./shell/electron/content-policy.js";
import { setupIpc } from "./shell/electron/ipc.js";
import { setupLifecycle } from "./shell/electron/lifecycle.js";
import { setupNavigation } from "./shell/electron/navigation.js";
import { setupPermissions } from "./shell/electron/permissions.js";
import { declareScheme, setupScheme } from "./shell/electron/scheme.js";
import { openWindow } from "./shell/electron/window.js";

async function start(): Promise<void> {
  declareScheme();
  app.enableSandbox();
  setupNavigation();
  await app.whenReady();
  setupPermissions();
  setupContentPolicy();
  await setupScheme();
  const control = createControl(realControl());
  setupIpc(control);
  setupLifecycle(control, openWindow());
}

if (app.requestSingleInstanceLock()) {
  start().catch((error: unknown) => {
    console.error(error);
    app.exit(1);
  });
} else {
  app.quit();
}

/** Electron's entry: a list of what is set up. */
import { app } from "electron";
import { createControl } from "./ipc/handlers.js";
import { realControl } from "./shell/control.js";
import { setupContentPolicy } from "./shell/electron/content-policy.js";
import { setupDataFolder } from "./shell/electron/data-folder.js";
import { chooseModelFile } from "./shell/electron/file-dialog.js";
import { setupIpc } from "./shell/electron/ipc.js";
import { setupLifecycle } from "./shell/electron/lifecycle.js";
import { setupMenu } from "./shell/electron/menu.js";
import { setupNavigation } from "./shell/electron/navigation.js";
import { setupPermissions } from "./shell/electron/permissions.js";
import { setupReader } from "./shell/electron/reader-process.js";
import { declareScheme, setupScheme } from "./shell/electron/scheme.js";
import { openWindow } from "./shell/electron/window.js";

async function start(): Promise<void> {
  declareScheme();
  app.enableSandbox();
  setupNavigation();
  await app.whenReady();
  setupPermissions();
  setupContentPolicy();
  setupMenu();
  setupReader();
  await setupScheme();
  const control = createControl(Object.assign(realControl(), { chooseModel: chooseModelFile }));
  setupIpc(control);
  setupLifecycle(control, openWindow());
}

setupDataFolder();
if (app.requestSingleInstanceLock()) {
  start().catch((error: unknown) => {
    console.error(error);
    app.exit(1);
  });
} else {
  app.quit();
}

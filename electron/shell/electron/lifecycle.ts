/** When the program ends: with its last window, and not before its runs' agents have ended. */
import { app, type BrowserWindow } from "electron";
import type { Control } from "../../ipc/handlers.js";

export function setupLifecycle(control: Control, window: BrowserWindow): void {
  let closed = false;

  app.on("window-all-closed", () => app.quit());
  app.on("second-instance", () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on("before-quit", (event) => {
    if (closed) return;
    event.preventDefault();
    void control.close().finally(() => {
      closed = true;
      app.quit();
    });
  });
}

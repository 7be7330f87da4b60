/** The one window. Its page is sandboxed and reaches the program only through the preload's bridge. */
import { BrowserWindow } from "electron";
import { preloadFile } from "../paths.js";
import { APP_ORIGIN } from "./scheme.js";

export function openWindow(): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 860,
    minWidth: 400,
    minHeight: 480,
    show: false, // until there is something to see
    backgroundColor: "#16181c",
    autoHideMenuBar: true,
    webPreferences: {
      preload: preloadFile(),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false, // its dictionaries would be downloaded
    },
  });
  window.once("ready-to-show", () => window.show());
  void window.loadURL(`${APP_ORIGIN}/`);
  return window;
}

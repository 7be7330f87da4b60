/** The one window. Its page is sandboxed and reaches the program only through the preload's bridge. */
import { BrowserWindow } from "electron";
import { preloadFile } from "../paths.js";
import { APP_ORIGIN } from "./scheme.js";
import { MIN_SIZE, rememberedBounds, rememberWindow } from "./window-state.js";

export function openWindow(): BrowserWindow {
  const { maximized, ...bounds } = rememberedBounds();
  const window = new BrowserWindow({
    ...bounds,
    minWidth: MIN_SIZE.width,
    minHeight: MIN_SIZE.height,
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
  rememberWindow(window);
  window.once("ready-to-show", () => {
    if (maximized) window.maximize();
    window.show();
  });
  void window.loadURL(`${APP_ORIGIN}/`);
  return window;
}

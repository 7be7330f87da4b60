/**
 * Runs in the sandboxed page before its scripts, which is why it is CommonJS and may load nothing but electron. The
 * page gets the contract as two functions (channel names and requests are checked on the other side, in
 * ipc/handlers.ts), and where the files lie that the user drops on it.
 */
import electron = require("electron");
import type { Bridge, EventName, Reply } from "./ipc/contract.js" with { "resolution-mode": "import" };

const bridge: Bridge = {
  call: (channel, request) => electron.ipcRenderer.invoke("phonon:call", channel, request) as Promise<Reply>,
  subscribe(listener) {
    const onEvent = (_event: unknown, name: EventName, payload: unknown) => listener(name, payload);
    electron.ipcRenderer.on("phonon:event", onEvent);
    return () => electron.ipcRenderer.off("phonon:event", onEvent);
  },
  pathOf: (file) => electron.webUtils.getPathForFile(file),
};

electron.contextBridge.exposeInMainWorld("phonon", bridge);

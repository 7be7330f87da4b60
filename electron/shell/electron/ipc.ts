/** The contract over Electron's IPC: calls on "phonon:call", events on "phonon:event". */
import { ipcMain, type IpcMainInvokeEvent, type WebContents } from "electron";
import type { Reply } from "../../ipc/contract.js";
import type { Control } from "../../ipc/handlers.js";
import type { Client } from "../../ipc/subscription.js";
import { APP_ORIGIN } from "./scheme.js";

/** Only the top frame of our own page may call. */
function isOurPage({ senderFrame, sender }: IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && senderFrame.url.startsWith(`${APP_ORIGIN}/`);
}

export function setupIpc(control: Control): void {
  const clients = new Map<WebContents, Client>();

  function clientOf(contents: WebContents): Client {
    const known = clients.get(contents);
    if (known !== undefined) return known;
    const client: Client = {
      send: (name, payload) => {
        if (!contents.isDestroyed()) contents.send("phonon:event", name, payload);
      },
      ready: () => Promise.resolve(!contents.isDestroyed()),
    };
    const forget = () => {
      if (clients.get(contents) !== client) return;
      clients.delete(contents);
      control.disconnect(client);
    };
    clients.set(contents, client);
    control.connect(client);
    contents.once("destroyed", forget);
    contents.once("render-process-gone", forget);
    contents.on("did-start-navigation", ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) forget(); // a reload is a new client, which attaches anew
    });
    return client;
  }

  ipcMain.handle("phonon:call", (event, channel: unknown, request: unknown): Promise<Reply> | Reply => {
    if (!isOurPage(event))
      return { ok: false, failure: { code: "unauthorized", message: "Not a page of this program." } };
    return control.call(clientOf(event.sender), channel, request);
  });
}

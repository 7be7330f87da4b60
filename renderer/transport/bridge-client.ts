/** The client in Electron's window, over the bridge that the preload exposes. It cannot be lost while the page lives. */
import type { Bridge } from "../../electron/ipc/contract.js";
import { Listeners, unwrap, type PhononClient } from "./client.js";

export function bridgeClient(bridge: Bridge): PhononClient {
  const listeners = new Listeners();
  bridge.subscribe((name, payload) => listeners.emit(name, payload));
  return {
    call: async (channel, request) => unwrap(await bridge.call(channel, request)),
    on: (name, listener) => listeners.add(name, listener),
    onConnection(listener) {
      listener("open");
      return () => undefined;
    },
  };
}

/** Puts the UI together: transport, state, views. */
import { createRoot } from "react-dom/client";
import type { Bridge } from "../electron/ipc/contract.js";
import { PhononContext } from "./state/context.js";
import { keepSetup, restoreSetup } from "./state/setup.js";
import { startSession } from "./state/session.js";
import { initialState, reduce } from "./state/state.js";
import { createStore } from "./state/store.js";
import { applyTheme, keptTheme } from "./state/theme.js";
import { bridgeClient } from "./transport/bridge-client.js";
import { serverClient } from "./transport/socket-client.js";
import { App } from "./views/App.js";
import "./styles/index.css";

declare global {
  interface Window {
    phonon?: Bridge; // in Electron, from the preload
  }
}

history.replaceState(null, "", location.pathname + location.hash); // the token is in a cookie by now
applyTheme(keptTheme(localStorage), document.documentElement, localStorage);

const store = createStore(initialState(restoreSetup(sessionStorage)), reduce);
let keptSetup = store.get().setup;
store.subscribe(() => {
  const { setup } = store.get();
  if (setup === keptSetup) return;
  keptSetup = setup;
  keepSetup(setup, sessionStorage);
});
const client = window.phonon ? bridgeClient(window.phonon) : serverClient();
const session = startSession(client, store.get, store.dispatch, sessionStorage);

for (const type of ["dragover", "drop"] as const) {
  window.addEventListener(type, (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); // or the browser would go to the file
  });
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <PhononContext value={{ client, store, session }}>
    <App />
  </PhononContext>,
);

/** What every view can reach: the state, and what the user can ask for. */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { Session } from "./session.js";
import type { Action, State } from "./state.js";
import type { PhononClient } from "../transport/client.js";
import type { Store } from "./store.js";

export interface Phonon {
  client: PhononClient;
  store: Store<State, Action>;
  session: Session;
}

export const PhononContext = createContext<Phonon | null>(null);

function usePhonon(): Phonon {
  const phonon = useContext(PhononContext);
  if (phonon === null) throw new Error("no PhononContext above this view");
  return phonon;
}

/** For what a view asks of the control side by itself, and keeps to itself. */
export const useClient = (): PhononClient => usePhonon().client;
export const useSession = (): Session => usePhonon().session;
export const useDispatch = (): ((action: Action) => void) => usePhonon().store.dispatch;

/** `select` must return something that stays the same while nothing it looks at changes. */
export function useSelect<T>(select: (state: State) => T): T {
  const { store } = usePhonon();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

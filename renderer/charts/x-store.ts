/** What all charts of a run share while they are looked at: the axis, its part in view, the cursor, the pinned token. */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { XMode } from "./data/x-view.js";

export interface XState {
  mode: XMode;
  zoom: { from: number; to: number } | null; // null: all of it
  cursor: { x: number; chart: string } | null; // and over which chart it is
  pinned: number | null; // token
}

export class XStore {
  #state: XState = { mode: "tokens", zoom: null, cursor: null, pinned: null };
  readonly #listeners = new Set<() => void>();

  readonly get = (): XState => this.#state;

  readonly set = (change: Partial<XState>): void => {
    this.#state = { ...this.#state, ...change };
    this.#listeners.forEach((listener) => listener());
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

export const XStoreContext = createContext<XStore | null>(null);

export function useXStore(): XStore {
  const store = useContext(XStoreContext);
  if (store === null) throw new Error("no XStoreContext above this chart");
  return store;
}

/** Whether the charts below are seen; those that are not need not follow the cursor. */
export const InSightContext = createContext(true);

export function useCursor(): XState["cursor"] {
  const inSight = useContext(InSightContext);
  return useX((state) => (inSight ? state.cursor : null));
}

/** `select` must return something that stays the same while nothing it looks at changes. */
export function useX<T>(select: (state: XState) => T): T {
  const { subscribe, get } = useXStore();
  return useSyncExternalStore(subscribe, () => select(get()));
}

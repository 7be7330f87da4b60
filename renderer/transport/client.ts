/** The UI's only way to the control side: the contract's calls and events, whichever shell carries them. */
import type { Channel, EventName, Events, Failure, Reply, Request, Response } from "../../electron/ipc/contract.js";

/** "refused": the control side is there and does not know us; coming back needs the user. */
export type Connection = "connecting" | "open" | "lost" | "refused";

export class CallError extends Error {
  readonly code: string;

  constructor({ code, message }: Failure) {
    super(message);
    this.name = "CallError";
    this.code = code;
  }
}

export interface PhononClient {
  /** Rejects with a CallError. */
  call<C extends Channel>(channel: C, request: Request<C>): Promise<Response<C>>;
  on<E extends EventName>(name: E, listener: (payload: Events[E]) => void): () => void;
  /** Hears the present state at once, then every change. */
  onConnection(listener: (connection: Connection) => void): () => void;
}

/** Which listeners want which event; shared by the clients. */
export class Listeners {
  readonly #all = new Map<EventName, Set<(payload: unknown) => void>>();

  add(name: EventName, listener: (payload: never) => void): () => void {
    const set = this.#all.get(name) ?? new Set();
    this.#all.set(name, set.add(listener as (payload: unknown) => void));
    return () => set.delete(listener as (payload: unknown) => void);
  }

  emit(name: EventName, payload: unknown): void {
    this.#all.get(name)?.forEach((listener) => listener(payload));
  }
}

export function unwrap<C extends Channel>(reply: Reply): Response<C> {
  if (!reply.ok) throw new CallError(reply.failure);
  return reply.response as Response<C>;
}

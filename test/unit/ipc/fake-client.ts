/** A connected UI that writes down what it is sent. */
import type { AgentEvent } from "../../../electron/agent/messages.js";
import type { EventName, Events } from "../../../electron/ipc/contract.js";
import type { Client } from "../../../electron/ipc/subscription.js";

export class FakeClient implements Client {
  readonly sent: { name: EventName; payload: unknown }[] = [];
  open = true;
  /** Set: the connection takes no more until it is called. */
  resume: (() => void) | undefined;
  #gate: Promise<void> = Promise.resolve();

  send<E extends EventName>(name: E, payload: Events[E]): void {
    this.sent.push({ name, payload });
  }

  async ready(): Promise<boolean> {
    await this.#gate;
    return this.open;
  }

  block(): void {
    this.#gate = new Promise((resolve) => {
      this.resume = resolve;
    });
  }

  of<E extends EventName>(name: E): Events[E][] {
    return this.sent.filter((message) => message.name === name).map((message) => message.payload as Events[E]);
  }

  events(): AgentEvent[] {
    return this.of("run.events").flatMap(({ events }) => events);
  }

  seqs(): number[] {
    return this.events().map(({ seq }) => seq);
  }
}

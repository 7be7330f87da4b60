/** Between a connection that pushes events and a reader that pulls them. One reader at a time. */
import type { AgentEvent } from "./messages/events.js";

export interface Flow {
  pause(): void;
  resume(): void;
}

/** Events held before the agent's side is made to wait; what one more chunk brings (64 KiB) comes on top. */
const highWater = 1024;
const lowWater = 256;

export class EventQueue {
  private events: AgentEvent[] = [];
  private head = 0;
  private paused = false;
  private failure: Error | undefined;
  private reader: { resolve: (event: AgentEvent) => void; reject: (error: Error) => void } | undefined;

  constructor(private readonly flow: Flow) {}

  push(event: AgentEvent): void {
    if (this.reader) {
      this.reader.resolve(event);
      this.reader = undefined;
      return;
    }
    this.events.push(event);
    if (!this.paused && this.events.length - this.head > highWater) {
      this.paused = true;
      this.flow.pause();
    }
  }

  /** What is held can still be read; after that the reader gets the error. */
  fail(error: Error): void {
    this.failure ??= error;
    this.reader?.reject(this.failure);
    this.reader = undefined;
  }

  next(): Promise<AgentEvent> {
    const event = this.events[this.head];
    if (event === undefined) {
      if (this.failure) return Promise.reject(this.failure);
      return new Promise((resolve, reject) => (this.reader = { resolve, reject }));
    }
    this.head++;
    if (this.head >= lowWater) {
      this.events = this.events.slice(this.head);
      this.head = 0;
    }
    if (this.paused && this.events.length - this.head < lowWater) {
      this.paused = false;
      this.flow.resume();
    }
    return Promise.resolve(event);
  }
}

/** The first Ctrl-C cancels in order, the second one quits. Signals are caught from when somebody wants to know. */
export class Interrupt {
  private readonly controller = new AbortController();
  private armed = false;

  constructor(private readonly say: (line: string) => void) {}

  get signal(): AbortSignal {
    this.arm();
    return this.controller.signal;
  }

  abort(): void {
    this.controller.abort(new DOMException("Cancelled.", "AbortError"));
  }

  private arm(): void {
    if (this.armed) return;
    this.armed = true;
    for (const [name, status] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const) {
      process.on(name, () => {
        if (this.controller.signal.aborted) process.exit(status);
        this.say("cancelling ... (once more to quit at once)");
        this.abort();
      });
    }
  }
}

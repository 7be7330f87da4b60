/** How long packing will still take. Its steps come in kinds that take very different times: text, then layers. */
import type { EventOf } from "../agent/messages.js";
import type { Progress } from "../targets/target.js";

export class PackClock {
  private kind = "";
  private since = { done: 0, ms: 0 };

  /** Extrapolates from the steps of the kind that goes on. */
  progress({ what, done, total, t_ms }: Pick<EventOf<"pack_progress">, "what" | "done" | "total" | "t_ms">): Progress {
    const kind = what.replace(/\d+/g, "");
    if (kind !== this.kind) {
      this.kind = kind;
      this.since = { done, ms: t_ms };
    }
    const steps = done - this.since.done;
    const etaSeconds = steps > 0 ? (((t_ms - this.since.ms) / steps) * (total - done)) / 1000 : null;
    return { phase: "packing", done, total, bytesPerSecond: null, etaSeconds };
  }
}

/** Which targets something heavy goes on on: two at once would slow each other down, and neither would measure right. */
import { PhononError } from "../base/errors.js";

export class Occupied {
  readonly #by = new Map<string, string>(); // target -> "run", "comparison", "study", ...

  /** Takes the target for a "run", a "comparison", a "study" or a "measurement"; the answer gives it back. Throws "busy". */
  take(target: string, what: string): () => void {
    const other = this.#by.get(target);
    if (other !== undefined) {
      throw new PhononError("busy", `A ${other} is going on on ${target}. Cancel it, or wait for its end.`);
    }
    this.#by.set(target, what);
    return () => this.#by.delete(target);
  }
}

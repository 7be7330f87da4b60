/** What every subcommand gets. */
import type { Terminal } from "./terminal.js";

export interface CommandContext {
  terminal: Terminal;
  /**
   * Aborted by the first Ctrl-C, by a termination signal, or when nobody reads standard output any more. To be read in
   * a command's action only: whoever reads it takes over Ctrl-C.
   */
  signal: AbortSignal;
  /** Calls for another exit status than 0 although a result was printed. */
  setFailed(message: string): void;
}

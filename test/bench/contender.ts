/** Something that is timed in a row: one engine with one model doing one piece of work. */
export interface Contender {
  readonly label: string;
  /** Does the work once and returns its figure in the row's unit. */
  measure(): Promise<number>;
  close(): Promise<void>;
}

/** The work of a row: so many prompt tokens, then so many forced tokens; which of the two is timed. */
export interface Work {
  metric: "decode" | "prefill";
  promptTokens: number;
  tokens: number;
}

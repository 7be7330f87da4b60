import { PhononError } from "../../../electron/agent/errors.js";

/** The code with which a promise is rejected, or what it gives instead. */
export const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => (error instanceof PhononError ? error.code : error),
  );

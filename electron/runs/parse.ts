/** From a request as it came to one that can be carried out, or an error that names the field. */
import type { z } from "zod";
import { PhononError } from "../base/errors.js";
import { runRequestSchema, type RunConfig } from "./config.js";

/** REQUIRES nothing of `request`: it may come from anywhere. Throws "bad_request". */
export function parseRunRequest(request: unknown): RunConfig {
  const parsed = runRequestSchema.safeParse(request);
  if (!parsed.success) throw new PhononError("bad_request", describeIssues(parsed.error));
  return parsed.data;
}

export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map(
      ({ path, message }) =>
        `${path.length > 0 ? path.join(".") : "request"}: ${message.replace(/^Invalid input: /, "")}`,
    )
    .join("; ");
}

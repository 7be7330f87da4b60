/** What a UI is told of an error. */
import { z } from "zod";
import { PhononError, hasCode } from "../base/errors.js";
import type { Failure } from "./contract.js";

export function failureOf(error: unknown): Failure {
  if (error instanceof PhononError) return { code: error.code, message: error.message };
  if (error instanceof z.ZodError) return { code: "bad_request", message: describe(error) };
  if (error instanceof Error && error.name === "AbortError") return { code: "cancelled", message: "Cancelled." };
  if (hasCode(error, "ENOSPC")) return { code: "no_space", message: "This computer's disk is full." };
  // A bug: its stack belongs on the program's standard error, its message is all that a UI can show.
  console.error(error);
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}

function describe(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join(".")}: ${issue.message}` : issue.message))
    .join("; ");
}

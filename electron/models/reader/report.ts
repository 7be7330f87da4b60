/** A line of the reader, which is no more to be trusted than the file it has read. */
import { z } from "zod";
import { messageOf, PhononError } from "../../base/errors.js";

const refusalSchema = z.object({ error: z.object({ code: z.string().max(64), message: z.string() }) });

/** What the reader says of the file. Throws a PhononError that names the file. */
export async function reportOf<T>(path: string, schema: z.ZodType<T>, line: Promise<string>): Promise<T> {
  try {
    return parse(await line, schema);
  } catch (error) {
    if (!(error instanceof PhononError) || error.code === "cancelled" || error.message.includes(path)) throw error;
    throw new PhononError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

function parse<T>(line: string, schema: z.ZodType<T>): T {
  try {
    const json: unknown = JSON.parse(line);
    const { data: refusal } = refusalSchema.safeParse(json);
    if (refusal === undefined) return schema.parse(json);
    throw new PhononError(refusal.error.code, refusal.error.message);
  } catch (error) {
    if (error instanceof PhononError) throw error;
    throw new PhononError("internal", `the reader answered something else than expected: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

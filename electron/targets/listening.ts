/** The line with which an agent says that its socket is bound. */
import { LineSplitter, decodeLine } from "../agent/codec.js";
import { listening } from "../agent/messages.js";
import type { Listening } from "../agent/messages.js";
import { PhononError } from "../base/errors.js";

/** Reads up to that line; what comes instead is the agent's error. The stream is left open for its owner. */
export async function readListening(stream: NodeJS.ReadableStream, who: string): Promise<Listening> {
  const lines = new LineSplitter();
  let said = "";
  const chunks = stream as NodeJS.ReadableStream & { iterator(o: { destroyOnReturn: boolean }): AsyncIterable<Buffer> };
  for await (const chunk of chunks.iterator({ destroyOnReturn: false })) {
    for (const line of lines.push(chunk)) {
      const parsed = listening.safeParse(line[0] === 0x7b ? decodeLine(line) : null);
      if (parsed.success) return parsed.data;
    }
    said = (said + chunk.toString("utf-8")).slice(-1000);
  }
  const detail = said.trim().replace(/[^ -~]+/g, " ") || "it said nothing";
  throw new PhononError("agent_failed", `${who} did not start: ${detail}.`);
}

/**
 * events.jsonl: one event a line, appended as it comes. After a kill the last line may be torn; that line is left out
 * on reading, and said. A bad line before the last one, or a gap in the numbering, means that the file is damaged.
 */
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { agentEvent, type AgentEvent } from "../agent/messages.js";
import { hasCode, PhononError } from "../base/errors.js";
import { EVENTS_FILE } from "./folder.js";

const MAX_LINE = 4 * 1024 * 1024; // characters; a protocol line is at most 1 MiB

export class EventsWriter {
  private constructor(private readonly file: FileHandle) {}

  /** `folder` must not hold an events file yet. */
  static async create(folder: string): Promise<EventsWriter> {
    return new EventsWriter(await open(join(folder, EVENTS_FILE), "ax"));
  }

  /** Done when the operating system has the line, so that nothing is lost when this process dies. One call at a time. */
  async append(event: AgentEvent): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(event)}\n`);
  }

  async close(): Promise<void> {
    await this.file.sync();
    await this.file.close();
  }
}

const damaged = (path: string, line: number, what: string) =>
  new PhononError("run_damaged", `${path}, line ${line}: ${what}`);

/** Yields the events in order. A file that is not there has none. `warn` hears of a torn last line. */
export async function* readEvents(folder: string, warn: (message: string) => void): AsyncGenerator<AgentEvent> {
  const path = join(folder, EVENTS_FILE);
  let number = 0;
  let lastSeq = 0;
  for await (const { line, complete } of lines(path)) {
    number += 1;
    const event = parse(line);
    if (!event && !complete) {
      warn(`the last line of ${EVENTS_FILE} is torn (the program was stopped while it wrote) and was left out`);
      return;
    }
    if (!event) throw damaged(path, number, "not an event of this version");
    if (event.seq !== lastSeq + 1) throw damaged(path, number, `event ${event.seq} follows event ${lastSeq}`);
    lastSeq = event.seq;
    yield event;
  }
}

function parse(line: string): AgentEvent | undefined {
  try {
    return agentEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // not JSON
  }
}

/** Unlike readline it says whether the last line was ended, and bounds a line's length. */
async function* lines(path: string): AsyncGenerator<{ line: string; complete: boolean }> {
  let rest = "";
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8" }) as AsyncIterable<string>) {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) yield { line, complete: true };
      if (rest.length > MAX_LINE)
        throw new PhononError("run_damaged", `${path}: a line of over ${MAX_LINE} characters`);
    }
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  if (rest !== "") yield { line: rest, complete: false };
}

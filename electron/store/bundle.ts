/**
 * The folder a run leaves behind: run.json (what was asked, of what, where), events.jsonl (what happened), summary.json
 * (derived). Everything is on disk as soon as it is known, so a bundle can be read after the program was killed.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { AgentEvent } from "../agent/messages.js";
import { hasCode, PhononError } from "../base/errors.js";
import { writeJson } from "../base/atomic.js";
import { EventsWriter } from "./events-file.js";
import { RECORD_FILE, runsFolder, SUMMARY_FILE } from "./folder.js";
import { RECORD_VERSION, type RunRecord } from "./record.js";
import { newRunId } from "./run-id.js";
import { runIds } from "./run-ids.js";
import type { RunSummary } from "./run-summary.js";
import { Summariser } from "./summary.js";
import { thisWriter } from "./writer.js";

/** What the caller says of a new run; the rest of the record is filled in here, or comes later through `note`. */
export type NewRun = Pick<
  RunRecord,
  "kind" | "engine" | "target" | "config" | "comparison" | "versions" | "model" | "agent" | "warnings"
>;

export type Outcome = NonNullable<RunRecord["outcome"]>;

/** A bundle that is being written. One writer; calls must not overlap. */
export class Bundle {
  private readonly summariser = new Summariser();

  private constructor(
    readonly dir: string,
    private record: RunRecord,
    private readonly events: EventsWriter,
  ) {}

  static async create(run: NewRun): Promise<Bundle> {
    const { runId, dir, now } = await newFolder();
    const record: RunRecord = {
      version: RECORD_VERSION,
      run_id: runId,
      started_at: now.toISOString(),
      ...run,
      writer: thisWriter(),
      device: null,
      load: null,
      llama_bench: null,
      outcome: null,
    };
    await writeJson(join(dir, RECORD_FILE), record);
    return new Bundle(dir, record, await EventsWriter.create(dir));
  }

  get runId(): string {
    return this.record.run_id;
  }

  /** Adds facts that came to be known. */
  async note(facts: Partial<Omit<RunRecord, "version" | "run_id" | "started_at" | "writer">>): Promise<void> {
    this.record = { ...this.record, ...facts };
    await writeJson(join(this.dir, RECORD_FILE), this.record);
  }

  async warn(message: string): Promise<void> {
    await this.note({ warnings: [...this.record.warnings, message] });
  }

  async append(event: AgentEvent): Promise<void> {
    await this.events.append(event);
    this.summariser.add(event);
  }

  /** Closes the bundle. `outcome` says how the run ended where its events do not. */
  async finish(outcome?: Outcome): Promise<RunSummary> {
    await this.events.close();
    if (outcome) await this.note({ outcome });
    const summary = this.summariser.summary(this.record, this.dir);
    await writeJson(join(this.dir, SUMMARY_FILE), summary);
    return summary;
  }
}

/** The name is later than that of every run there is, also where the clock was set back since. */
async function newFolder(): Promise<{ runId: string; dir: string; now: Date }> {
  const folder = runsFolder();
  await mkdir(folder, { recursive: true });
  for (let attempt = 0; attempt < 100; attempt++) {
    const now = new Date();
    const [newest] = await runIds();
    const runId = newRunId(now, newest);
    const dir = join(folder, runId);
    try {
      await mkdir(dir);
      return { runId, dir, now };
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
    }
  }
  throw new PhononError("store_error", `${folder}: no free name for a run was found`);
}

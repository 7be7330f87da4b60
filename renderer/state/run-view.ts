/**
 * What a run looks like so far: a fold over its events. Live and replayed runs go through here alike. Only the
 * event after the last one is taken: what was seen already, or belongs to an attachment that was given up, passes by.
 */
import type {
  AgentEvent,
  Events,
  Failure,
  Prediction,
  Progress,
  RunFacts,
  ShownSummary,
} from "../../electron/ipc/contract.js";
import { addHeat, type Heat } from "./heat.js";
import { expectedSplit } from "./parts.js";
import { addTimeline, type TimelineEvent } from "./timelines.js";
import { addSample, addToken, emptyTrace, type Trace } from "./trace.js";

export type Phase = "starting" | "preparing" | "prefill" | "decode" | "ended";
export type Ended = Extract<AgentEvent, { kind: "ended" }>;
type Started = Extract<AgentEvent, { kind: "started" }>;

/** Of the tokens after the first, where they are streamed from flash. */
export interface StreamedSums {
  tokens: number;
  hits: number;
  misses: number;
  readBytes: number;
  stallMs: number;
  ms: number;
}

const NOTHING_STREAMED: StreamedSums = { tokens: 0, hits: 0, misses: 0, readBytes: 0, stallMs: 0, ms: 0 };

export interface RunView {
  runId: string;
  facts: RunFacts | null; // null: not told yet
  live: boolean; // carried out now; false: replayed from the store
  phase: Phase;
  lastSeq: number;
  progress: Progress | null;
  foreseen: Prediction | null; // of a run that goes on; afterwards its summary has it
  started: Started | null;
  prefill: { done: number; total: number; ms: number } | null;
  text: string; // the latest of it
  textStart: number; // how much came before that, UTF-16 units
  trace: Trace; // what charts draw
  timelines: readonly TimelineEvent[];
  heat: Heat | null; // null: nothing was told of which neurons fire
  streamed: StreamedSums;
  memory: number | null; // resident bytes, latest sample
  peakMemory: number | null;
  warnings: string[];
  ended: Ended | null;
  summary: ShownSummary | null;
  failure: Failure | null;
}

export function newRunView(runId: string, live: boolean, facts: RunFacts | null): RunView {
  return {
    runId,
    facts,
    live,
    phase: "starting",
    lastSeq: 0,
    progress: null,
    foreseen: null,
    started: null,
    prefill: null,
    text: "",
    textStart: 0,
    trace: emptyTrace(),
    timelines: [],
    heat: null,
    streamed: NOTHING_STREAMED,
    memory: null,
    peakMemory: null,
    warnings: [],
    ended: null,
    summary: null,
    failure: null,
  };
}

export function addEvents(view: RunView, events: readonly AgentEvent[]): RunView {
  const next = { ...view, trace: { ...view.trace } };
  for (const event of events) {
    if (event.seq !== next.lastSeq + 1) continue;
    next.lastSeq = event.seq;
    addEvent(next, event);
  }
  return next;
}

function addEvent(view: RunView, event: AgentEvent): void {
  switch (event.kind) {
    case "started":
      view.phase = "prefill";
      view.progress = null;
      view.started = event;
      view.prefill = { done: 0, total: event.prompt_tokens, ms: 0 };
      view.warnings = [...view.warnings, ...event.report.warnings];
      view.trace.tokens.split = expectedSplit(event.engine, event.report.stream !== undefined);
      break;
    case "prefill":
      view.prefill = { done: event.done, total: event.total, ms: event.ms };
      break;
    case "token":
      view.phase = "decode";
      addText(view, event.text);
      addToken(view.trace, event, view.textStart + view.text.length);
      view.streamed = withToken(view.streamed, event);
      break;
    case "timeline":
      view.timelines = addTimeline(view.timelines, event);
      break;
    case "heat":
      view.heat = addHeat(view.heat, event);
      break;
    case "sample":
      addSample(view.trace, event);
      view.memory = event.memory.rss_bytes ?? view.memory;
      view.peakMemory = Math.max(view.peakMemory ?? 0, view.memory ?? 0) || null;
      break;
    case "warning":
      view.warnings = [...view.warnings, event.message];
      break;
    case "ended":
      view.phase = "ended";
      view.ended = event;
      addText(view, event.text_tail);
      view.peakMemory = event.peak_rss_bytes || view.peakMemory;
      break;
    case "score_progress":
    case "scored":
    case "probe_progress":
    case "probed":
    case "pack_progress":
    case "packed":
      break; // perplexity and probes are shown by the command line
  }
}

function withToken(sums: StreamedSums, { index, ms, stream }: Extract<AgentEvent, { kind: "token" }>): StreamedSums {
  if (index === 0 || stream === undefined) return sums;
  return {
    tokens: sums.tokens + 1,
    hits: sums.hits + stream.hits,
    misses: sums.misses + stream.misses,
    readBytes: sums.readBytes + stream.read_bytes,
    stallMs: sums.stallMs + stream.stall_ms,
    ms: sums.ms + ms,
  };
}

const MOST_TEXT = 262_144; // UTF-16 units; the bundle has all of it

function addText(view: RunView, more: string): void {
  const text = view.text + more;
  const from = text.length <= MOST_TEXT ? 0 : wholeFrom(text, text.length - MOST_TEXT / 2);
  view.text = from === 0 ? text : text.slice(from);
  view.textStart += from;
}

/** Not in the middle of a character that takes two units. */
const wholeFrom = (text: string, from: number) =>
  /^[\uDC00-\uDFFF]/.test(text.slice(from, from + 1)) ? from + 1 : from;

export function finish(view: RunView, { summary, failure }: Events["run.finished"]): RunView {
  const warnings = [...new Set([...view.warnings, ...(summary?.warnings ?? [])])];
  return { ...view, phase: "ended", live: false, progress: null, summary, failure, warnings };
}

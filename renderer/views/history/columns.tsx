/** What the history tells of each run. */
import type { ReactNode } from "react";
import type { RunListing, SortKey } from "../../../electron/ipc/contract.js";
import type { LongColumn } from "../../components/LongTableRow.js";
import { EngineTag } from "../../components/EngineTag.js";
import { Hint } from "../../components/Hint.js";
import { engineColour } from "../../state/engines.js";
import { NONE, count, digits, fileName, when } from "../../state/format.js";
import { plain } from "../../state/plain.js";
import { targetInWords } from "../../state/targets.js";

export type RunColumn = LongColumn<RunListing, SortKey>;

const figure = (value: number | null, scale = 1): ReactNode =>
  value === null ? <span className="none">{NONE}</span> : digits(value / scale);
const whole = (value: number | null): ReactNode =>
  value === null ? <span className="none">{NONE}</span> : count(value);

export const COLUMNS: RunColumn[] = [
  {
    id: "startedAt",
    width: 10,
    label: "Started",
    show: ({ startedAt }) => <time dateTime={startedAt}>{when(startedAt, new Date())}</time>,
  },
  { id: "engine", width: 13, label: "Engine", show: ({ engine }) => <EngineTag engine={engine} /> },
  { id: "model", width: 17, label: "Model", name: true, show: (run) => <span title={run.model}>{modelOf(run)}</span> },
  {
    id: "target",
    width: 12,
    label: "Target",
    name: true,
    show: ({ target }) => targetInWords(target),
  },
  { id: "status", width: 9, label: "Status", show: (run) => <Status run={run} /> },
  { id: "promptTokens", width: 9, label: "Prompt", unit: "tok", number: true, show: (run) => whole(run.promptTokens) },
  { id: "outputTokens", width: 9, label: "Output", unit: "tok", number: true, show: (run) => whole(run.outputTokens) },
  { id: "ttftMs", width: 12, label: "First token", unit: "ms", number: true, show: (run) => figure(run.ttftMs) },
  { id: "prefillTps", width: 9, label: "Prefill", unit: "tok/s", number: true, show: (run) => figure(run.prefillTps) },
  {
    id: "decodeTps",
    width: 10,
    label: "Decode",
    unit: "tok/s",
    number: true,
    show: (run) => <strong>{figure(run.decodeTps)}</strong>,
  },
  {
    id: "peakBytes",
    width: 7,
    label: "Peak",
    unit: "MiB",
    number: true,
    show: (run) => figure(run.peakBytes, 1 << 20),
  },
];

/** With bars below the speeds, as long as they are fast beside the others that are shown. */
export function withBars(columns: readonly RunColumn[], runs: readonly RunListing[]): RunColumn[] {
  const fastest = runs.reduce((most, { decodeTps }) => Math.max(most, decodeTps ?? 0), 0);
  if (fastest === 0) return [...columns];
  const bar = ({ decodeTps, engine }: RunListing) =>
    decodeTps === null ? null : { length: decodeTps / fastest, colour: engineColour(engine) };
  return columns.map((column) => (column.id === "decodeTps" ? { ...column, bar } : column));
}

const NARROW: SortKey[] = ["startedAt", "engine", "status", "decodeTps"];
export const NARROW_COLUMNS: RunColumn[] = COLUMNS.filter(({ id }) => NARROW.includes(id));

function modelOf({ model, modelName }: RunListing): string {
  return plain(modelName ?? fileName(model));
}

const LOOKS: Partial<Record<RunListing["status"], string>> = { failed: "fail", damaged: "fail", interrupted: "warn" };

function Status({ run: { status, problem } }: { run: RunListing }) {
  return (
    <span className={`state ${LOOKS[status] ?? ""}`}>
      {problem === null ? status : <Hint text={plain(problem, 600)}>{status}</Hint>}
    </span>
  );
}

/** A run's figures: the one that counts to be read from two metres away, the others beside it. */
import { EngineTag } from "../../components/EngineTag.js";
import { Stat } from "../../components/Stat.js";
import { useSelect } from "../../state/context.js";
import { figuresOf, type Figures, type StreamedFigures } from "../../state/figures.js";
import { foreseenInWords, foreseenOf } from "../../state/foreseen.js";
import { bytes, count, digits, duration, fileName, NONE, percent, speed, type Quantity } from "../../state/format.js";
import { plain } from "../../state/plain.js";
import type { RunView } from "../../state/run-view.js";
import { targetInWords } from "../../state/targets.js";
import { LimitsLine } from "./LimitsLine.js";

const NO_FIGURES: Figures = {
  decodeTps: null,
  ttftMs: null,
  prefillTps: null,
  stepP50Ms: null,
  stepP99Ms: null,
  memoryBytes: null,
  streamed: null,
};

export function Readout({ run }: { run: RunView | null }) {
  const chosen = useSelect((state) => state.setup.engine);
  const figures = run === null ? NO_FIGURES : figuresOf(run);
  const headline = speed(figures.decodeTps);
  const memory = run?.phase === "ended" ? "Peak memory" : "Memory";
  return (
    <div className="readout">
      <div className="headline">
        <p className="headline-label">
          <EngineTag engine={run === null ? chosen : (run.facts?.engine ?? "")} /> decode
        </p>
        <p className="headline-figure" data-testid="decode">
          <span className={figures.decodeTps === null ? "figure none" : "figure"}>{headline.figure}</span>
          <span className="unit">{headline.unit}</span>
        </p>
        <p className="facts">{run ? plain(factsOf(run).join(" · ")) : " "}</p>
        {run && <LimitsLine run={run} />}
        {run && figures.streamed && <p className="note foreseen">{foreseenInWords(foreseenOf(run, figures))}</p>}
      </div>
      <dl className="stats">
        <Stat label="First token" value={duration(figures.ttftMs)} hint="From the request to the first token chosen" />
        <Stat label="Prefill" value={speed(figures.prefillTps)} hint="Prompt tokens evaluated per second" />
        <Stat label={memory} value={bytes(figures.memoryBytes)} hint="Resident memory of the agent" />
        <Stat label="Token p50" value={duration(figures.stepP50Ms)} hint="Half of the tokens took at most this long" />
        <Stat label="Token p99" value={duration(figures.stepP99Ms)} hint="One token in a hundred took longer" />
        <Stat label="Tokens" value={tokensOf(run)} hint="Generated, of those asked for" />
        {figures.streamed && <StreamedStats figures={figures.streamed} budget={budgetOf(run, figures.memoryBytes)} />}
      </dl>
    </div>
  );
}

function StreamedStats({ figures, budget }: { figures: StreamedFigures; budget: Quantity }) {
  const { hitRate, misses, readBytes, stallShare } = figures;
  return (
    <>
      <Stat label="Hit rate" value={percent(hitRate)} hint="Of the neurons looked for, found in the cache" />
      <Stat
        label="Misses"
        value={misses === null ? { figure: NONE, unit: "" } : { figure: digits(misses), unit: "a token" }}
        hint="Neurons that a token had to wait for, on average"
      />
      <Stat label="Read" value={bytesAToken(readBytes)} hint="From flash for a token, on average" />
      <Stat
        label="Flash wait"
        value={percent(stallShare)}
        hint="Share of the decode time in which compute threads waited for flash"
      />
      <Stat label="Of budget" value={budget} hint="Peak of everything that the agent held, over the memory budget" />
    </>
  );
}

function bytesAToken(value: number | null): Quantity {
  const { figure, unit } = bytes(value);
  return { figure, unit: `${unit}/token` };
}

/** Null: there is no budget, or no peak yet. */
function budgetOf(run: RunView | null, peak: number | null): Quantity {
  const budget = run?.summary?.memory.budget_bytes ?? run?.started?.report.memory?.budget_bytes ?? null;
  return percent(budget === null || peak === null ? null : peak / budget);
}

function tokensOf(run: RunView | null): Quantity {
  if (run === null) return { figure: NONE, unit: "" };
  const limit = run.facts?.tokens ?? null;
  return { figure: count(run.trace.count), unit: limit === null ? "" : `of ${count(limit)}` };
}

function factsOf({ facts, started }: RunView): string[] {
  const all = [facts && targetInWords(facts.target)];
  if (started === null) all.push(facts && modelName(facts.model));
  else {
    const { model, kernels, threads } = { ...started, ...started.report };
    all.push(`${model.name} ${model.quantisation}`, kernels, `${threads} ${threads === 1 ? "thread" : "threads"}`);
  }
  return all.filter((fact): fact is string => !!fact);
}

const modelName = (model: string) => (model === "story" ? "Built-in model" : fileName(model));

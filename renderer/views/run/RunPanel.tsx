/** The run that is shown: its headline, its figures, its speed over time, its text. */
import { useEffect, useRef, type RefObject } from "react";
import { RunCharts } from "../../charts/index.js";
import { EngineTag } from "../../components/EngineTag.js";
import { Notice } from "../../components/Notice.js";
import { Stat } from "../../components/Stat.js";
import { useSelect } from "../../state/context.js";
import { figuresOf, type Figures } from "../../state/figures.js";
import { bytes, count, duration, fileName, speed } from "../../state/format.js";
import type { RunView } from "../../state/run-view.js";
import { OutputText } from "./OutputText.js";
import { RunStatus } from "./RunStatus.js";

export function RunPanel({ run }: { run: RunView | null }) {
  const engine = useSelect((state) => state.setup.engine);
  const figures = run === null ? NO_FIGURES : figuresOf(run);
  const shownEngine = run === null ? engine : (run.facts?.engine ?? "");
  const panel = useShownFromTop(run?.runId);
  return (
    <section className="panel run" aria-label="Run" ref={panel} data-run={run?.runId}>
      <Readout run={run} figures={figures} engine={shownEngine} />
      <RunStatus run={run} />
      {run && <Problems run={run} />}
      <RunCharts run={run} />
      <OutputText run={run} />
    </section>
  );
}

/** A run that is started or opened comes into view where its headline is not: below the setup in a narrow window. */
function useShownFromTop(runId: string | undefined): RefObject<HTMLElement | null> {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const top = panel.current?.getBoundingClientRect().top ?? 0;
    if (runId !== undefined && (top < 0 || top > window.innerHeight / 2)) panel.current?.scrollIntoView();
  }, [runId]);
  return panel;
}

const NO_FIGURES: Figures = {
  decodeTps: null,
  ttftMs: null,
  prefillTps: null,
  stepP50Ms: null,
  stepP99Ms: null,
  memoryBytes: null,
};

function Readout({ run, figures, engine }: { run: RunView | null; figures: Figures; engine: string }) {
  const headline = speed(figures.decodeTps);
  return (
    <div className="readout">
      <div className="headline">
        <p className="headline-label">
          <EngineTag engine={engine} /> decode
        </p>
        <p className="headline-figure" data-testid="decode">
          <span className={figures.decodeTps === null ? "figure none" : "figure"}>{headline.figure}</span>
          <span className="unit">{headline.unit}</span>
        </p>
        <p className="facts">{run ? factsOf(run).join(" · ") : " "}</p>
      </div>
      <dl className="stats">
        <Stat label="First token" value={duration(figures.ttftMs)} title="From the request to the first token chosen" />
        <Stat label="Prefill" value={speed(figures.prefillTps)} title="Prompt tokens evaluated per second" />
        <Stat
          label={run?.phase === "ended" ? "Peak memory" : "Memory"}
          value={bytes(figures.memoryBytes)}
          title="Resident memory of the agent"
        />
        <Stat label="Token p50" value={duration(figures.stepP50Ms)} title="Half of the tokens took at most this long" />
        <Stat label="Token p99" value={duration(figures.stepP99Ms)} title="One token in a hundred took longer" />
        <Stat label="Tokens" value={tokensOf(run)} title="Generated, of those asked for" />
      </dl>
    </div>
  );
}

function tokensOf(run: RunView | null) {
  if (run === null) return { figure: "–", unit: "" };
  const limit = run.facts?.tokens ?? null;
  return { figure: count(run.trace.count), unit: limit === null ? "" : `of ${count(limit)}` };
}

function factsOf({ facts, started }: RunView): string[] {
  const all = [facts && targetName(facts.target)];
  if (started === null) all.push(facts && modelName(facts.model));
  else {
    const { model, kernels, threads } = { ...started, ...started.report };
    all.push(`${model.name} ${model.quantisation}`, kernels, `${threads} ${threads === 1 ? "thread" : "threads"}`);
  }
  return all.filter((fact): fact is string => !!fact);
}

const targetName = (target: string) => (target === "local" ? "This computer" : target);
const modelName = (model: string) => (model === "story" ? "Built-in model" : fileName(model));

function Problems({ run }: { run: RunView }) {
  const failed = run.summary?.status === "failed" || run.ended?.status === "failed";
  const code = run.summary?.reason ?? run.ended?.reason ?? "internal";
  const message = run.summary?.message ?? run.ended?.message ?? "The run failed.";
  return (
    <>
      {run.failure && <Notice failure={run.failure} />}
      {failed && !run.failure && <Notice failure={{ code, message }} />}
      {run.warnings.map((warning) => (
        <p key={warning} className="warning">
          {warning}
        </p>
      ))}
    </>
  );
}

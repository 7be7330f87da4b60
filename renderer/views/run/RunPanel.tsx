/** The run that is shown: its headline, its figures, what happens now, its text, its charts. */
import { useEffect, useRef, type RefObject } from "react";
import { RunCharts } from "../../charts/index.js";
import type { RunView } from "../../state/run-view.js";
import { OutputText } from "./OutputText.js";
import { Readout } from "./Readout.js";
import { RunProblems } from "./RunProblems.js";
import { RunStatus } from "./RunStatus.js";

export function RunPanel({ run }: { run: RunView | null }) {
  const panel = useShownFromTop(run?.runId);
  return (
    <section className="panel run" aria-label="Run" ref={panel} data-run={run?.runId}>
      <Readout run={run} />
      <RunStatus run={run} />
      {run && <RunProblems run={run} />}
      <OutputText run={run} />
      <RunCharts run={run} />
    </section>
  );
}

/** A run that is started or opened comes into view from its headline on: also in a narrow window, below the setup. */
function useShownFromTop(runId: string | undefined): RefObject<HTMLElement | null> {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (runId === undefined || panel.current === null) return;
    panel.current.scrollTop = 0;
    const { top } = panel.current.getBoundingClientRect();
    if (top < 0 || top > window.innerHeight / 2) panel.current.scrollIntoView();
  }, [runId]);
  return panel;
}

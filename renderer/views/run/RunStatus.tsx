/** One line on what happens now. It is the only part that screen readers are told of while a run goes on. */
import type { TargetInfo } from "../../../electron/ipc/contract.js";
import { ProgressBar } from "../../components/ProgressBar.js";
import { useSelect } from "../../state/context.js";
import { bytes, count, farInWords, remaining, text } from "../../state/format.js";
import type { RunView } from "../../state/run-view.js";
import { meanTps } from "../../state/trace.js";

interface Line {
  label: string;
  detail: string;
  done: number;
  total: number;
}

const line = (label: string, detail = "", done = 0, total = 0): Line => ({ label, detail, done, total });

const ENDS: Record<string, string> = {
  length: "All tokens asked for",
  stop: "A stop string came",
  end: "The model ended its text",
};

export function RunStatus({ run }: { run: RunView | null }) {
  const starting = useSelect((state) => state.starting);
  const targets = useSelect((state) => state.targets);
  const { label, detail, done, total } = starting ? line("Starting …") : describe(run, targets);
  return (
    <div className="run-status">
      <p>
        <strong aria-live="polite">{label}</strong> <span className="facts">{detail}</span>
      </p>
      <ProgressBar
        label={label}
        done={done}
        total={total}
        active={starting || (run !== null && run.phase !== "ended")}
      />
    </div>
  );
}

export function describe(run: RunView | null, targets: readonly TargetInfo[] | null): Line {
  if (run === null) return line("Ready", "Nothing has been run yet in this window.");
  const { prefill, progress, trace, facts } = run;
  const away = isAway(run, targets) ? AWAY : null;
  switch (run.phase) {
    case "starting":
      return line(run.live ? "Starting the agent …" : "Opening …");
    case "preparing":
      return progress === null
        ? line("Preparing …")
        : line(phaseName(progress.phase), progressDetail(progress), progress.done, progress.total);
    case "prefill":
      return line(
        "Prefill",
        away ?? `${count(prefill?.done ?? 0)} of ${count(prefill?.total ?? 0)} tokens`,
        prefill?.done,
        prefill?.total,
      );
    case "decode":
      return line("Decoding", away ?? timeLeft(run), trace.count, facts?.tokens ?? 0);
    case "ended":
      return ending(run);
  }
}

const AWAY = "The phone is not connected; the run goes on there and catches up when it is plugged in again.";

function isAway({ live, facts }: RunView, targets: readonly TargetInfo[] | null): boolean {
  if (!live || facts === null || targets === null) return false;
  return !targets.some(({ id, state }) => id === facts.target && state === "ready");
}

/** At the speed so far; a text that ends by itself ends sooner. */
function timeLeft({ trace, facts }: RunView): string {
  const tps = meanTps(trace);
  const tokens = (facts?.tokens ?? 0) - trace.count;
  return tps === null || tokens <= 0 ? "" : remaining(tokens / tps);
}

const LOST = new Set(["agent_lost", "agent_gone", "device_lost"]);
const KEPT = "What came until then is kept.";

function ending({ ended, summary, failure, trace }: RunView): Line {
  const status = summary?.status ?? ended?.status;
  const reason = summary?.reason ?? ended?.reason ?? "";
  const kept = trace.count > 0 ? KEPT : "";
  if (LOST.has(failure?.code ?? reason)) return line("Agent lost", kept);
  if (failure !== null || status === "failed") return line("Failed", kept);
  if (status === "cancelled") return line("Cancelled", kept);
  if (status === "interrupted") return line("Interrupted", `Phonon was stopped while this run went on. ${kept}`);
  if (status === "running")
    return line("Running elsewhere", "Another Phonon carries this run out; this is what it has so far.");
  return line("Done", ENDS[reason] ?? reason);
}

function phaseName(phase: string): string {
  return `${phase.charAt(0).toUpperCase()}${phase.slice(1)}`;
}

function progressDetail(progress: NonNullable<RunView["progress"]>): string {
  const { total, bytesPerSecond, etaSeconds } = progress;
  if (total <= 0) return "";
  const parts = [farInWords(progress)];
  if (bytesPerSecond !== null) parts.push(`${text(bytes(bytesPerSecond))}/s`);
  if (etaSeconds !== null) parts.push(remaining(etaSeconds));
  return parts.join(" · ");
}

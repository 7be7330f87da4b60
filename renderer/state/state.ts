/** The whole state of the UI, and every way in which it changes. */
import type {
  AgentEvent,
  Check,
  Events,
  Failure,
  ModelEntry,
  Prediction,
  RunFacts,
  TargetInfo,
  TargetListing,
} from "../../electron/ipc/contract.js";
import type { Connection } from "../transport/client.js";
import { INITIAL_HISTORY, reduceHistory, type History, type HistoryAction } from "./history.js";
import { addEvents, finish, newRunView, type RunView } from "./run-view.js";
import type { Setup } from "./setup.js";

export interface State {
  connection: Connection;
  targets: TargetInfo[] | null; // null: not known yet
  phonesProblem: Failure | null; // why no phone can be listed
  models: ModelEntry[] | null;
  preflight: { target: string; checks: Check[] } | null;
  setup: Setup;
  starting: boolean; // asked for, not accepted yet
  comparing: readonly string[]; // comparisons that go on, by id
  studying: readonly string[]; // studies
  run: RunView | null; // the one that was started here last
  replay: RunView | null; // one of the history that was opened
  history: History;
  failure: Failure | null; // of the last thing that was asked for
}

/** What takes longer than a run, and more than one target's time. */
export type LongWork = "comparing" | "studying";

export type Action =
  | { type: "connection"; connection: Connection }
  | { type: "targets"; listing: TargetListing }
  | { type: "models"; models: ModelEntry[] }
  | { type: "model.added"; model: ModelEntry }
  | { type: "preflight"; target: string; checks: Check[] }
  | { type: "setup"; change: Partial<Setup> }
  | { type: "ongoing"; what: LongWork; ids: readonly string[] }
  | { type: "run.asked" }
  | { type: "run.opened"; runId: string; live: boolean; facts: RunFacts | null }
  | { type: "run.attached"; runId: string; live: boolean; facts: RunFacts }
  | { type: "run.gone" } // what was shown is not in the store any more
  | { type: "replay.opened"; runId: string }
  | { type: "run.progress"; progress: Events["run.progress"] }
  | { type: "run.foreseen"; runId: string; foreseen: Prediction }
  | { type: "run.events"; runId: string; events: AgentEvent[] }
  | { type: "run.finished"; outcome: Events["run.finished"] }
  | { type: "failed"; failure: Failure | null }
  | HistoryAction;

export const initialState = (setup: Setup): State => ({
  connection: "connecting",
  targets: null,
  phonesProblem: null,
  models: null,
  preflight: null,
  setup,
  starting: false,
  comparing: [],
  studying: [],
  run: null,
  replay: null,
  history: INITIAL_HISTORY,
  failure: null,
});

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "connection":
      return { ...state, connection: action.connection };
    case "targets":
      return { ...state, ...action.listing };
    case "models":
      return { ...state, models: action.models };
    case "model.added": {
      const others = (state.models ?? []).filter((model) => model.path !== action.model.path);
      const setup = { ...state.setup, model: action.model.builtIn ? "story" : action.model.path };
      return { ...state, models: [...others, action.model], setup };
    }
    case "preflight":
      return { ...state, preflight: { target: action.target, checks: action.checks } };
    case "setup":
      return { ...state, setup: { ...state.setup, ...action.change } };
    case "ongoing":
      return { ...state, [action.what]: action.ids };
    case "run.asked":
      return { ...state, starting: true, failure: null };
    case "run.opened": {
      const run = newRunView(action.runId, action.live, action.facts);
      return { ...state, starting: false, failure: null, run };
    }
    case "run.gone":
      return { ...state, run: null };
    case "replay.opened":
      return { ...state, replay: newRunView(action.runId, false, null) };
    case "failed":
      return { ...state, starting: false, failure: action.failure };
    case "run.attached":
    case "run.progress":
    case "run.foreseen":
    case "run.events":
    case "run.finished": {
      const [run, replay] = [reduceRun(state.run, action), reduceRun(state.replay, action)];
      return run === state.run && replay === state.replay ? state : { ...state, run, replay };
    }
    default:
      return { ...state, history: reduceHistory(state.history, action) };
  }
}

type RunAction = Extract<
  Action,
  { type: "run.attached" | "run.progress" | "run.foreseen" | "run.events" | "run.finished" }
>;

/** Whatever concerns another run than the one that is shown is passed over: it came too late, or is not for this view. */
function reduceRun(run: RunView | null, action: RunAction): RunView | null {
  switch (action.type) {
    case "run.attached":
      if (run?.runId !== action.runId) return run;
      return { ...run, facts: action.facts, live: action.live && run.phase !== "ended" };
    case "run.progress":
      if (run?.runId !== action.progress.runId || run.lastSeq > 0) return run;
      return { ...run, phase: "preparing", progress: action.progress };
    case "run.foreseen":
      return run?.runId === action.runId ? { ...run, foreseen: action.foreseen } : run;
    case "run.events":
      return run?.runId === action.runId ? addEvents(run, action.events) : run;
    case "run.finished":
      return run?.runId === action.outcome.runId ? finish(run, action.outcome) : run;
  }
}

/** Whether a comparison or a study goes on. */
export const isWorking = ({ comparing, studying }: State): boolean => comparing.length + studying.length > 0;

/** Whether a run is under way that this UI can cancel. */
export function isRunning(state: State): boolean {
  return state.starting || (state.run !== null && state.run.live && state.run.phase !== "ended");
}

/** Ladders and curves: those that go on, and those that are kept. */
import { RUNGS } from "../runs/ablate.js";
import type { RunSummary } from "../runs/config.js";
import { budgetsBetween, pointsOf } from "../runs/sweep.js";
import { PhononError } from "../base/errors.js";
import { newStudyId, type ListedStudy, type Study } from "../store/index.js";
import { CompareClock } from "./compare-clock.js";
import type { Accepted, Broadcast, Response, StudyEntry, StudyState } from "./contract.js";
import type { Occupied } from "./occupied.js";
import type { ControlSide } from "./side.js";
import { LongWork, type Work } from "./work.js";

type StartRequest = Accepted<"studies.start">;
type Contenders = StudyState["contenders"];

export class Studies {
  readonly #work: LongWork<StudyState>; // what was begun here; once it is kept, the store has it

  constructor(
    private readonly side: ControlSide,
    private readonly occupied: Occupied,
    private readonly broadcast: Broadcast,
  ) {
    this.#work = new LongWork("study", {
      progress: ({ id, step, progress, etaSeconds }) => broadcast("study.progress", { id, step, progress, etaSeconds }),
      finished: ({ id, status, study, failure }) => {
        if (status === "done") this.#work.forget(id);
        broadcast("study.finished", { id, end: { status, study, failure } });
        broadcast("runs.changed", null);
      },
    });
  }

  cancel = (id: string): void => this.#work.cancel(id);
  close = (): Promise<void> => this.#work.close();

  /** Newest first; what cannot be read comes last. */
  async list(): Promise<StudyEntry[]> {
    const kept = (await this.side.listStudies()).map(entryOfKept);
    const mine = this.#work.list().map(entryOf);
    const others = kept.filter(({ id }) => !mine.some((one) => one.id === id));
    return [...mine, ...others].sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0));
  }

  async open(id: string): Promise<StudyState> {
    return this.#work.get(id) ?? stateOf(await this.side.readStudy(id));
  }

  start(request: StartRequest): string {
    const { kind, rounds, run } = request;
    const release = this.occupied.take(run.target, "study");
    const id = newStudyId(kind);
    const { target, model, tokens, seconds = null } = run;
    const contenders = contendersOf(request);
    const state: StudyState = {
      ...{ id, kind, rounds, target, model, tokens, seconds, contenders },
      startedAt: new Date().toISOString(),
      ...{ status: "running", step: null, progress: null, etaSeconds: null, study: null, failure: null },
    };
    const names = contenders.map(({ name }) => name);
    this.#work.start(state, new CompareClock(names, rounds), (work) => this.#carryOut(work, request), release);
    return id;
  }

  /** What is kept of it, or what is still shown of one that was not. Its runs stay. */
  async delete(id: string): Promise<void> {
    if (this.#work.get(id)?.status === "running") {
      throw new PhononError("study_in_use", "This study is going on. Cancel it, or wait for its end.");
    }
    this.#work.forget(id);
    await this.side.deleteStudy(id);
    this.broadcast("studies.changed", null);
  }

  async export(id: string): Promise<Response<"studies.export">> {
    return this.side.exportStudy(await this.side.readStudy(id));
  }

  async #carryOut(work: Work<StudyState>, request: StartRequest): Promise<Partial<StudyState>> {
    const { id } = work.state;
    const hooks = {
      ...this.#work.hooksOf(work),
      onFigures: (study: Study) => {
        this.#work.change(work, { study });
        this.broadcast("study.figures", { id, study });
      },
      onRound: (_round: number, _rounds: number, _summary: RunSummary, name: string) => {
        work.clock.finished(name);
        this.broadcast("runs.changed", null);
      },
      onFailure: (name: string) => work.clock.leave(name),
    };
    const { kind, rounds, run } = request;
    if (kind === "ablation") return { study: (await this.side.ablate({ id, rounds, run }, hooks)).study };
    const whole = { id, rounds, run, budgets: budgetsOf(request), engines: request.engines };
    return { study: (await this.side.sweep(whole, hooks)).study };
  }
}

const budgetsOf = ({ budgets: { from, to, steps } }: Extract<StartRequest, { kind: "sweep" }>): number[] =>
  budgetsBetween(from, to, steps);

function contendersOf(request: StartRequest): Contenders {
  if (request.kind === "ablation") return RUNGS.map(({ name, engine }) => ({ name, engine }));
  return pointsOf(budgetsOf(request), request.engines).map(({ name, engine }) => ({ name, engine }));
}

const figuresIn = (study: Study) => (study.kind === "ablation" ? study.rungs : study.points);

/** One that is kept, as it was when it had ended. */
function stateOf(study: Study): StudyState {
  const { id, kind, rounds, target, model, tokens, seconds, started_at: startedAt } = study;
  const contenders = figuresIn(study).map(({ name, engine }) => ({ name, engine }));
  return {
    ...{ id, kind, rounds, target, model, tokens, seconds, contenders, startedAt, study },
    ...{ status: "done", step: null, progress: null, etaSeconds: null, failure: null },
  };
}

function entryOf({ id, kind, rounds, target, model, startedAt, status, study }: StudyState): StudyEntry {
  const speeds = study === null ? [] : figuresIn(study).flatMap(({ decode_tps }) => decode_tps?.median ?? []);
  const about = { id, kind, rounds, target, model, modelName: study?.model_name ?? null, startedAt, status };
  return { ...about, bestTps: speeds.length === 0 ? null : Math.max(...speeds), problem: null };
}

function entryOfKept(listed: ListedStudy): StudyEntry {
  if (listed.study !== null) return entryOf(stateOf(listed.study));
  return {
    ...{ id: listed.id, kind: listed.id.startsWith("sweep") ? "sweep" : "ablation", rounds: 0, target: "", model: "" },
    ...{ modelName: null, startedAt: "", status: "damaged", bestTps: null, problem: listed.problem },
  };
}

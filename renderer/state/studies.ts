/** Ladders and curves as the control side tells of them. */
import { useEffect, useReducer, useState } from "react";
import { slotsOf } from "../../electron/ipc/compare-clock.js";
import type { Events, Failure, StudyEntry, StudyState } from "../../electron/ipc/contract.js";
import { failureOf, useAnswer } from "./answer.js";
import { useClient, useSelect } from "./context.js";
import { figuresIn } from "./study-figures.js";
import { standing, type Slot } from "./work.js";

export type StudyAction =
  | { type: "opened"; study: StudyState | null }
  | { type: "progress"; progress: Events["study.progress"] }
  | { type: "figures"; figures: Events["study.figures"] }
  | { type: "finished"; finished: Events["study.finished"] };

/** The one that is shown; what is told of others passes by. */
export function reduceStudy(shown: StudyState | null, action: StudyAction): StudyState | null {
  if (action.type === "opened") return action.study;
  if (shown === null) return null;
  switch (action.type) {
    case "progress": {
      const { id, ...progress } = action.progress;
      return shown.id === id && shown.status === "running" ? { ...shown, ...progress } : shown;
    }
    case "figures": {
      const { id, study } = action.figures;
      return shown.id === id && shown.status === "running" ? { ...shown, study } : shown;
    }
    case "finished": {
      const { id, end } = action.finished;
      return shown.id === id ? { ...shown, ...end, step: null, progress: null, etaSeconds: null } : shown;
    }
  }
}

/** Every study there is, newest first; null: not known yet. */
export function useStudies(): { all: StudyEntry[] | null; failure: Failure | null; again: () => void } {
  const client = useClient();
  const { value, failure, again } = useAnswer("studies.list", null);
  useEffect(() => {
    const known = new Set(value?.map(({ id }) => id));
    const ends = [
      client.on("studies.changed", again),
      client.on("study.finished", again),
      client.on("study.progress", ({ id }) => !known.has(id) && again()), // begun in another window
    ];
    return () => ends.forEach((end) => end());
  }, [client, value, again]);
  return { all: value, failure, again };
}

/** One of them, followed while it goes on; asked for anew after a lost connection. */
export function useStudy(id: string | undefined): { study: StudyState | null; failure: Failure | null } {
  const client = useClient();
  const isOpen = useSelect((state) => state.connection === "open");
  const [study, dispatch] = useReducer(reduceStudy, null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    if (id === undefined || !isOpen) return;
    let isOver = false;
    client.call("studies.open", { studyId: id }).then(
      (opened) => {
        if (isOver) return;
        setFailure(null);
        dispatch({ type: "opened", study: opened });
      },
      (error: unknown) => !isOver && setFailure(failureOf(error)),
    );
    const ends = [
      client.on("study.progress", (progress) => dispatch({ type: "progress", progress })),
      client.on("study.figures", (figures) => dispatch({ type: "figures", figures })),
      client.on("study.finished", (finished) => dispatch({ type: "finished", finished })),
    ];
    return () => {
      isOver = true;
      ends.forEach((end) => end());
    };
  }, [client, id, isOpen]);
  return { study: study?.id === id ? study : null, failure };
}

/** Every run of a study, in its place; those of a contender that was left out are not to come any more. */
export function studySlots({ contenders, rounds, step, status, study }: StudyState): Slot[] {
  const names = contenders.map(({ name }) => name);
  const figures = study === null ? [] : figuresIn(study);
  return slotsOf(names, rounds).map((name, place) => {
    const round = Math.floor(place / names.length);
    const own = figures.find((one) => one.name === name);
    const isNow = status === "running" && step?.name === name && step.round === round;
    const state = (own?.run_ids.length ?? 0) > round ? "done" : own?.failure ? "left out" : isNow ? "now" : "to come";
    return { name, engine: own?.engine ?? contenders.find((one) => one.name === name)?.engine ?? "", round, state };
  });
}

export const studyStep = (study: StudyState): string => standing(study, study.step?.name ?? "");

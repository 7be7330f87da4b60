/** Whether a target has been measured for planning, and how far that is. */
import { useEffect, useState } from "react";
import type { Failure, MeasureState } from "../../electron/ipc/contract.js";
import { failureOf, useAnswer } from "./answer.js";
import { useClient } from "./context.js";
import { when } from "./format.js";

export interface Measuring extends Pick<MeasureState, "step" | "measuredAt" | "failure"> {
  isKnown: boolean; // the control side has told
  start: () => void;
  cancel: () => void;
}

const NOTHING = { step: null, measuredAt: null, failure: null };

export function useMeasuring(target: string): Measuring {
  const client = useClient();
  const asked = useAnswer("targets.measured", { target });
  const [heard, setHeard] = useState<MeasureState | null>(null);
  const [refused, setRefused] = useState<Failure | null>(null);

  useEffect(
    () => client.on("targets.measuring", (state) => state.target === target && setHeard(state)),
    [client, target],
  );
  useEffect(() => setHeard(null), [asked.value]); // newer than what was heard before the connection was lost

  const told = (heard?.target === target ? heard : null) ?? asked.value;
  const state = told ?? NOTHING;
  return {
    isKnown: told !== null,
    ...{ step: state.step, measuredAt: state.measuredAt, failure: refused ?? state.failure },
    start() {
      setRefused(null);
      client.call("targets.measure", { target }).then(asked.again, (error: unknown) => setRefused(failureOf(error)));
    },
    cancel() {
      client.call("targets.cancelMeasuring", { target }).catch((error: unknown) => setRefused(failureOf(error)));
    },
  };
}

export const measuredInWords = (measuredAt: string | null): string =>
  measuredAt === null ? "Not measured for planning yet." : `Measured for planning ${when(measuredAt, new Date())}.`;

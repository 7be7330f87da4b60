/** The frame of charts over a few places, rungs or budgets: their cursor, their turns, and their slots. */
import type { ReactNode } from "react";
import { OwnAxis } from "../OwnAxis.js";
import { useReading, type Place } from "../reading.js";
import { Slot } from "../Slot.js";
import { TurnsContext, useNewTurns } from "../turns.js";

interface StudyChartsProps {
  label: string;
  from: number;
  to: number;
  places: readonly Place[]; // the same array while it says the same, as `heading`
  heading: (x: number) => string;
  children: ReactNode;
}

export function StudyCharts({ label, children, ...axis }: StudyChartsProps) {
  const { turns } = useNewTurns();
  return (
    <TurnsContext value={turns}>
      <div className="charts study-charts" role="group" aria-label={label}>
        <OwnAxis mode="places" {...axis}>
          <div className="charts-grid">{children}</div>
        </OwnAxis>
      </div>
    </TurnsContext>
  );
}

interface StudySlotProps<T> {
  shown: T;
  wide?: boolean;
  children: (shown: T) => ReactNode;
}

export function StudySlot<T>(props: StudySlotProps<T>) {
  return <Slot {...props} reading={useReading()} />;
}

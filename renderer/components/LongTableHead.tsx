/** The head of a long table: Tab reaches the column that it is sorted by, and the arrow keys the others from there. */
import { useEffect, useRef, type KeyboardEvent } from "react";
import type { LongColumn } from "./LongTableRow.js";

export interface Sort<Id extends string> {
  by: Id;
  descending: boolean;
}

interface LongTableHeadProps<Id extends string> {
  columns: readonly Omit<LongColumn<never, Id>, "show">[];
  sort: Sort<Id>;
  onSort: (by: Id) => void;
  chosen: "none" | "some" | "all";
  onAll: (all: boolean) => void;
}

export function LongTableHead<Id extends string>({ columns, sort, onSort, chosen, onAll }: LongTableHeadProps<Id>) {
  const stop = columns.some(({ id }) => id === sort.by) ? sort.by : columns[0]?.id;
  return (
    <thead onKeyDown={moveAcross}>
      <tr>
        <th className="column box-column">
          <AllBox chosen={chosen} onAll={onAll} />
        </th>
        {columns.map(({ id, label, unit, number }) => (
          <th
            key={id}
            scope="col"
            className={`column ${number ? "number" : ""}`}
            aria-sort={id !== sort.by ? "none" : sort.descending ? "descending" : "ascending"}
          >
            <button type="button" className="column-title" tabIndex={id === stop ? 0 : -1} onClick={() => onSort(id)}>
              {label}
              {unit !== undefined && <small>{unit}</small>}
              <svg className="sorted" viewBox="0 0 8 8" aria-hidden="true">
                <path d="M1 6l3-4 3 4z" />
              </svg>
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function AllBox({ chosen, onAll }: { chosen: "none" | "some" | "all"; onAll: (all: boolean) => void }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = chosen === "some";
  }, [chosen]);
  return (
    <input
      ref={box}
      type="checkbox"
      checked={chosen === "all"}
      onChange={(event) => onAll(event.target.checked)}
      aria-label="Choose all"
    />
  );
}

function moveAcross(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return;
  const titles = [...event.currentTarget.querySelectorAll<HTMLElement>(".column-title")];
  titles[titles.indexOf(event.target as HTMLElement) + step]?.focus();
}

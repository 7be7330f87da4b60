/**
 * A table for many rows, of plain elements: a library's parts take some three milliseconds a row. One row can be
 * reached with Tab, the others from there with the arrow keys; Enter or a click opens a row, Space or its box chooses
 * it. The events of all rows are handled by the body, so a row is drawn anew only when something of it changed. How wide
 * the columns are does not depend on the rows: nothing moves when other ones come.
 */
import { useRef, useState, type KeyboardEvent, type MouseEvent } from "react";
import { LongTableHead, type Sort } from "./LongTableHead.js";
import { LongTableRow, type LongColumn } from "./LongTableRow.js";

export interface LongTableProps<R, Id extends string> {
  label: string;
  columns: readonly LongColumn<R, Id>[];
  rows: readonly R[];
  isBegun?: boolean; // more rows are about to come
  keyOf: (row: R) => string;
  sort: Sort<Id>;
  onSort: (by: Id) => void;
  chosen: ReadonlySet<string>;
  onChosen: (chosen: ReadonlySet<string>) => void;
  onOpen: (key: string) => void;
}

export function LongTable<R, Id extends string>(props: LongTableProps<R, Id>) {
  const { label, columns, rows, isBegun = false, keyOf, sort, onSort, chosen, onChosen, onOpen } = props;
  const [active, setActive] = useState<string>();
  const body = useRef<HTMLTableSectionElement>(null);
  const keys = rows.map(keyOf);
  const stop = active !== undefined && keys.includes(active) ? active : keys[0];

  function toggle(key: string): void {
    const others = new Set(chosen);
    if (!others.delete(key)) others.add(key);
    onChosen(others);
  }

  function focusRow(at: number): void {
    body.current?.rows[Math.min(keys.length - 1, Math.max(0, at))]?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const key = keyAt(event);
    if (key === undefined || event.altKey) return;
    const at = keys.indexOf(key);
    const command = event.ctrlKey || event.metaKey ? `Ctrl+${event.key}` : event.key;
    const deeds: Record<string, () => void> = {
      ArrowDown: () => focusRow(at + 1),
      ArrowUp: () => focusRow(at - 1),
      Home: () => focusRow(0),
      End: () => focusRow(keys.length - 1),
      Enter: () => onOpen(key),
      " ": () => toggle(key),
      "Ctrl+a": () => onChosen(new Set(keys)),
      Escape: () => onChosen(new Set()),
    };
    const deed = deeds[command];
    if (deed === undefined) return;
    event.preventDefault();
    deed();
  }

  function onClick(event: MouseEvent): void {
    const key = keyAt(event);
    if (key === undefined) return;
    if ((event.target as Element).closest(".box-column")) toggle(key);
    else onOpen(key);
  }

  return (
    <div className={`table-area ${isBegun ? "begun" : ""}`}>
      <table className="table long" role="grid" aria-label={label} aria-multiselectable>
        <colgroup>
          <col className="box-width" />
          {columns.map(({ id, width }) => (
            <col key={id} style={{ width: `calc(${width}ch + 2 * var(--cell-padding))` }} />
          ))}
        </colgroup>
        <LongTableHead
          columns={columns}
          sort={sort}
          onSort={onSort}
          chosen={chosen.size === 0 ? "none" : chosen.size < keys.length ? "some" : "all"}
          onAll={(all) => onChosen(new Set(all ? keys : []))}
        />
        <tbody ref={body} onClick={onClick} onKeyDown={onKeyDown} onFocus={(event) => setActive(keyAt(event))}>
          {rows.map((row) => (
            <LongTableRow
              key={keyOf(row)}
              id={keyOf(row)}
              row={row}
              columns={columns}
              isChosen={chosen.has(keyOf(row))}
              isStop={keyOf(row) === stop}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function keyAt({ target }: { target: EventTarget }): string | undefined {
  return (target as Element).closest<HTMLElement>("tr[data-key]")?.dataset["key"];
}

import { memo, type ReactNode } from "react";

export interface LongColumn<R, Id extends string> {
  id: Id;
  label: string;
  unit?: string;
  width: number; // of the characters that fit, at least
  number?: boolean; // right-aligned
  name?: boolean; // may be long: cut at the column's width
  show: (row: R) => ReactNode;
  /** Drawn below the figure: how far along the cell, from 0 to 1, and in which colour. */
  bar?: (row: R) => { length: number; colour: string } | null;
}

interface LongTableRowProps<R> {
  id: string;
  row: R;
  columns: readonly LongColumn<R, string>[];
  isChosen: boolean;
  isStop: boolean; // where Tab goes to
}

function DrawnRow<R>({ id, row, columns, isChosen, isStop }: LongTableRowProps<R>) {
  return (
    <tr className="row" data-key={id} aria-selected={isChosen} tabIndex={isStop ? 0 : -1}>
      <td className="cell box-column">
        <input type="checkbox" checked={isChosen} readOnly tabIndex={-1} aria-label={`Choose ${id}`} />
      </td>
      {columns.map(({ id: column, number, name, show, bar }, at) =>
        at === 0 ? (
          <th key={column} scope="row" className="cell">
            {show(row)}
          </th>
        ) : (
          <td key={column} className={`cell ${number ? "number" : ""} ${name ? "name" : ""} ${bar ? "barred" : ""}`}>
            {show(row)}
            {bar && <Bar {...bar(row)} />}
          </td>
        ),
      )}
    </tr>
  );
}

function Bar({ length, colour }: { length?: number; colour?: string }) {
  if (length === undefined) return null;
  return <span className="bar" style={{ width: `${100 * length}%`, background: colour }} />;
}

export const LongTableRow = memo(DrawnRow) as typeof DrawnRow;

import { memo, type ReactNode } from "react";

export interface LongColumn<R, Id extends string> {
  id: Id;
  label: string;
  unit?: string;
  number?: boolean; // right-aligned
  name?: boolean; // may be long: cut at the column's width
  show: (row: R) => ReactNode;
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
      {columns.map(({ id: column, number, name, show }, at) =>
        at === 0 ? (
          <th key={column} scope="row" className="cell">
            {show(row)}
          </th>
        ) : (
          <td key={column} className={`cell ${number ? "number" : ""} ${name ? "name" : ""}`}>
            {show(row)}
          </td>
        ),
      )}
    </tr>
  );
}

export const LongTableRow = memo(DrawnRow) as typeof DrawnRow;

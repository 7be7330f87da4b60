/**
 * Tables whose rows can be reached with the arrow keys and chosen: React Aria's parts with our looks. For more than some
 * dozen rows see LongTable.
 */
import type { ReactNode } from "react";
import {
  Cell as AriaCell,
  Column as AriaColumn,
  Row as AriaRow,
  Table as AriaTable,
  type CellProps,
  type ColumnProps,
  type RowProps,
  type TableProps,
} from "react-aria-components";

export { TableBody, TableHeader as TableHead } from "react-aria-components";

export function Table(props: Omit<TableProps, "className">) {
  return (
    <div className="table-area">
      <AriaTable {...props} className="table" />
    </div>
  );
}

interface HeadCellProps extends Omit<ColumnProps, "children" | "className"> {
  children: ReactNode;
  unit?: string;
  number?: boolean; // right-aligned, as its figures are
}

export function Column({ children, unit, number = false, ...props }: HeadCellProps) {
  return (
    <AriaColumn {...props} className={number ? "column number" : "column"}>
      <span className="column-title">
        {children}
        {unit !== undefined && <small>{unit}</small>}
      </span>
    </AriaColumn>
  );
}

export function Row<T extends object>(props: Omit<RowProps<T>, "className">) {
  return <AriaRow {...props} className="row" />;
}

interface BodyCellProps extends Omit<CellProps, "className"> {
  number?: boolean;
  name?: boolean; // may be long: cut at the column's width
}

export function Cell({ number = false, name = false, ...props }: BodyCellProps) {
  return <AriaCell {...props} className={`cell ${number ? "number" : ""} ${name ? "name" : ""}`} />;
}

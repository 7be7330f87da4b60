/**
 * Tables whose rows can be reached with the arrow keys, sorted by their columns, and chosen with a box each. These are
 * React Aria's parts with our looks; put a `Table` around `TableHead` and `TableBody`.
 */
import type { ReactNode } from "react";
import {
  Cell as AriaCell,
  Collection,
  Column as AriaColumn,
  Row as AriaRow,
  Table as AriaTable,
  TableHeader,
  useTableOptions,
  type CellProps,
  type ColumnProps,
  type RowProps,
  type TableHeaderProps,
  type TableProps,
} from "react-aria-components";
import { Checkbox } from "./Checkbox.js";

export { TableBody } from "react-aria-components";

export function Table(props: Omit<TableProps, "className">) {
  return (
    <div className="table-area">
      <AriaTable {...props} className="table" />
    </div>
  );
}

/** The head's cells; before them, where rows can be chosen, the box that chooses all. */
export function TableHead<T extends object>({ columns, children, ...props }: TableHeaderProps<T>) {
  const { selectionBehavior, selectionMode } = useTableOptions();
  return (
    <TableHeader {...props}>
      {selectionBehavior === "toggle" && (
        <AriaColumn className="column box-column">
          {selectionMode === "multiple" && <Checkbox slot="selection" />}
        </AriaColumn>
      )}
      <Collection items={columns as Iterable<T>}>{children}</Collection>
    </TableHeader>
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
      {({ allowsSorting, sortDirection }) => (
        <span className="column-title">
          {children}
          {unit !== undefined && <small>{unit}</small>}
          {allowsSorting && (
            <svg className={`sorted ${sortDirection ?? "not"}`} viewBox="0 0 8 8" aria-hidden="true">
              <path d="M1 6l3-4 3 4z" />
            </svg>
          )}
        </span>
      )}
    </AriaColumn>
  );
}

export function Row<T extends object>({ columns, children, ...props }: RowProps<T>) {
  const { selectionBehavior } = useTableOptions();
  return (
    <AriaRow {...props} className="row">
      {selectionBehavior === "toggle" && (
        <AriaCell className="cell box-column">
          <Checkbox slot="selection" />
        </AriaCell>
      )}
      <Collection items={columns as Iterable<T>}>{children}</Collection>
    </AriaRow>
  );
}

interface BodyCellProps extends Omit<CellProps, "className"> {
  number?: boolean;
  name?: boolean; // may be long: cut at the column's width
}

export function Cell({ number = false, name = false, ...props }: BodyCellProps) {
  return <AriaCell {...props} className={`cell ${number ? "number" : ""} ${name ? "name" : ""}`} />;
}

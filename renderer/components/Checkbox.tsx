import type { ReactNode } from "react";
import { Checkbox as AriaCheckbox, type CheckboxProps as AriaCheckboxProps } from "react-aria-components";

interface CheckboxProps extends Omit<AriaCheckboxProps, "children" | "className"> {
  children?: ReactNode;
}

/** Checked, not checked, or something between. In a table's row, `slot="selection"` selects it. */
export function Checkbox({ children, ...props }: CheckboxProps) {
  return (
    <AriaCheckbox {...props} className="checkbox">
      {({ isIndeterminate }) => (
        <>
          <svg className="box" viewBox="0 0 16 16" aria-hidden="true">
            {isIndeterminate ? <path d="M4 8h8" /> : <path d="M3.5 8.5l3 3 6-7" />}
          </svg>
          {children}
        </>
      )}
    </AriaCheckbox>
  );
}

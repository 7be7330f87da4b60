import type { ReactNode } from "react";
import { CheckboxButton, CheckboxField } from "react-aria-components";

interface CheckboxProps {
  isSelected: boolean;
  onChange: (isSelected: boolean) => void;
  children: ReactNode;
}

/** A box that is checked or not, with its label. */
export function Checkbox({ children, ...props }: CheckboxProps) {
  return (
    <CheckboxField {...props}>
      <CheckboxButton className="checkbox">
        <svg className="box" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M3.5 8.5l3 3 6-7" />
        </svg>
        {children}
      </CheckboxButton>
    </CheckboxField>
  );
}

/** A labelled form control with its hint or its problem, tied together for screen readers. */
import { useId, type ReactNode } from "react";

export interface ControlProps {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
}

interface FieldProps {
  label: string;
  hint?: string | undefined;
  problem?: string | undefined;
  className?: string;
  children: (control: ControlProps) => ReactNode;
}

export function Field({ label, hint, problem, className = "", children }: FieldProps) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        "aria-describedby": note === undefined ? undefined : `${id}-note`,
        "aria-invalid": problem !== undefined,
      })}
      {note !== undefined && (
        <p id={`${id}-note`} className={problem === undefined ? "note" : "note problem"}>
          {note}
        </p>
      )}
    </div>
  );
}

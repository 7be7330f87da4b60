/** What is below a form control: its problem where it has one, else its hint. Tied to the control by React Aria. */
import { FieldError, Text } from "react-aria-components";

export interface FieldNoteProps {
  hint?: string | undefined;
  problem?: string | undefined;
}

export function FieldNote({ hint, problem }: FieldNoteProps) {
  if (problem !== undefined) return <FieldError className="note problem">{problem}</FieldError>;
  if (hint === undefined) return null;
  return (
    <Text slot="description" className="note">
      {hint}
    </Text>
  );
}

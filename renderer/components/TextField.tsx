/** A line or an area of text with its label. */
import { Input, Label, TextArea, TextField as AriaTextField } from "react-aria-components";
import { FieldNote, type FieldNoteProps } from "./FieldNote.js";

interface TextFieldProps extends FieldNoteProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  rows?: number; // more than one: an area
  autoFocus?: boolean;
}

export function TextField({ label, hint, problem, rows = 1, placeholder = "", ...props }: TextFieldProps) {
  return (
    <AriaTextField {...props} className="field" isInvalid={problem !== undefined} spellCheck="false" autoComplete="off">
      <Label>{label}</Label>
      {rows > 1 ? (
        <TextArea className="input" rows={rows} placeholder={placeholder} />
      ) : (
        <Input className="input" placeholder={placeholder} />
      )}
      <FieldNote hint={hint} problem={problem} />
    </AriaTextField>
  );
}

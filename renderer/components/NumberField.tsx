/**
 * A number as typed: what is half typed, empty or wrong is kept as it is, and the caller says what is wrong with it.
 * The arrow keys step it, within its bounds.
 */
import { Input, Label, TextField } from "react-aria-components";
import { FieldNote, type FieldNoteProps } from "./FieldNote.js";

interface NumberFieldProps extends FieldNoteProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  step?: number;
  least?: number;
  most?: number;
}

export function NumberField({ label, hint, problem, placeholder = "", step, least, most, ...props }: NumberFieldProps) {
  const stepped = (direction: number) => stepBy(props.value, direction * (step ?? 1), least ?? 0, most ?? Infinity);
  return (
    <TextField
      {...props}
      className="field"
      inputMode="decimal"
      autoComplete="off"
      isInvalid={problem !== undefined}
      onKeyDown={(event) => {
        const direction = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
        if (direction === 0 || event.altKey || event.ctrlKey || event.metaKey) event.continuePropagation();
        else {
          event.preventDefault();
          props.onChange(stepped(direction));
        }
      }}
    >
      <Label>{label}</Label>
      <Input className="input number" placeholder={placeholder} />
      <FieldNote hint={hint} problem={problem} />
    </TextField>
  );
}

/** The next number in a direction; one that cannot be read begins at the lower bound. */
export function stepBy(text: string, step: number, least: number, most: number): string {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) return String(least);
  const places = String(step).split(".")[1]?.length ?? 0; // 0.1 + 0.2 is 0.3 to a reader
  return String(Number(Math.min(most, Math.max(least, value + step)).toFixed(places)));
}

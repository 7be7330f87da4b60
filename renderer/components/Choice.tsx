/** One of a few, all of them in sight: side by side as segments, or one below the other as cards. */
import type { ReactNode } from "react";
import { Label, RadioButton, RadioField, RadioGroup } from "react-aria-components";

export interface ChoiceOption<Id extends string> {
  id: Id;
  content: ReactNode;
}

interface ChoiceProps<Id extends string> {
  label: string;
  value: Id;
  options: readonly ChoiceOption<Id>[];
  onChange: (id: Id) => void;
  layout: "segments" | "cards";
}

export function Choice<Id extends string>({ label, value, options, onChange, layout }: ChoiceProps<Id>) {
  return (
    <RadioGroup className="field" value={value} onChange={(id) => onChange(id as Id)}>
      <Label>{label}</Label>
      <div className={layout}>
        {options.map(({ id, content }) => (
          <RadioField key={id} value={id}>
            <RadioButton className={layout === "segments" ? "segment" : "card"}>{content}</RadioButton>
          </RadioField>
        ))}
      </div>
    </RadioGroup>
  );
}

/** One of a list, chosen from a popup. */
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
  type Key,
} from "react-aria-components";
import { FieldNote, type FieldNoteProps } from "./FieldNote.js";

export interface Option<Id extends string = string> {
  id: Id;
  label: string;
  detail?: string; // a second line, in the list only
}

interface SelectProps<Id extends string> extends FieldNoteProps {
  label: string;
  value: Id | null;
  options: readonly Option<Id>[];
  onChange: (id: Id) => void;
  placeholder?: string;
  isDisabled?: boolean;
  hideLabel?: boolean; // it is still read out
}

export function Select<Id extends string>(props: SelectProps<Id>) {
  const { label, value, options, onChange, hint, problem, hideLabel = false, placeholder = "", isDisabled } = props;
  return (
    <AriaSelect
      className="field"
      value={value}
      onChange={(key: Key | null) => key !== null && onChange(key as Id)}
      isInvalid={problem !== undefined}
      isDisabled={isDisabled ?? false}
      placeholder={placeholder}
      {...(hideLabel ? { "aria-label": label } : {})}
    >
      {!hideLabel && <Label>{label}</Label>}
      <Button className="button select">
        <SelectValue className="select-value">
          {({ defaultChildren, isPlaceholder }) =>
            isPlaceholder ? defaultChildren : options.find(({ id }) => id === value)?.label
          }
        </SelectValue>
        <svg className="icon chevron" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M4.5 6.5L8 10l3.5-3.5" />
        </svg>
      </Button>
      <FieldNote hint={hint} problem={problem} />
      <Popover className="popover" offset={4}>
        <ListBox className="listbox" items={options}>
          {({ id, label: name, detail }) => (
            <ListBoxItem id={id} textValue={name} className="listbox-item">
              <span className="item-label">{name}</span>
              {detail !== undefined && <span className="note">{detail}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

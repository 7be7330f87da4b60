import { Button, Input, SearchField as AriaSearchField } from "react-aria-components";

interface SearchFieldProps {
  label: string; // read out, and shown while it is empty
  value: string;
  onChange: (value: string) => void;
}

/** Text to filter by; Escape and its cross clear it. */
export function SearchField({ label, value, onChange }: SearchFieldProps) {
  return (
    <AriaSearchField className="search" aria-label={label} value={value} onChange={onChange}>
      <svg className="icon glass" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="7" cy="7" r="4.5" />
        <path d="M10.5 10.5L14 14" />
      </svg>
      <Input className="input" placeholder={label} spellCheck="false" autoComplete="off" />
      <Button className="button quiet clear">×</Button>
    </AriaSearchField>
  );
}

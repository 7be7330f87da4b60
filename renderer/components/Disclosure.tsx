/** What is folded away until it is wanted; it is made when it is unfolded first, and stays. */
import { useState, type ReactNode } from "react";
import { Button, Disclosure as AriaDisclosure, DisclosurePanel } from "react-aria-components";

interface DisclosureProps {
  title: string;
  note?: string; // beside the title, to be read while it is folded
  children: ReactNode;
}

export function Disclosure({ title, note, children }: DisclosureProps) {
  const [isMade, setMade] = useState(false);
  return (
    <AriaDisclosure className="disclosure" onExpandedChange={() => setMade(true)}>
      <Button slot="trigger" className="button quiet disclosure-title">
        <svg className="icon chevron" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M6.5 4.5L10 8l-3.5 3.5" />
        </svg>
        {title}
        {note !== undefined && <span className="note">{note}</span>}
      </Button>
      <DisclosurePanel className="disclosure-panel">{isMade && children}</DisclosurePanel>
    </AriaDisclosure>
  );
}

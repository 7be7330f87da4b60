/** Words that explain themselves: under the pointer, on focus, or when pressed; Escape closes the explanation. */
import type { ReactNode } from "react";
import { Button, Tooltip, TooltipTrigger } from "react-aria-components";

const DELAY_MS = 400; // of the pointer

export function Hint({ text, children }: { text: string; children: ReactNode }) {
  return (
    <TooltipTrigger delay={DELAY_MS} closeDelay={0} shouldCloseOnPress={false}>
      <Button className="hint">{children}</Button>
      <Tooltip className="popover tooltip" offset={4}>
        {text}
      </Tooltip>
    </TooltipTrigger>
  );
}

/** More about what can be focused or pointed at: shown after a moment, and at once by the keyboard. */
import type { ReactElement } from "react";
import { Focusable, Tooltip, TooltipTrigger } from "react-aria-components";

const WAIT_MS = 400;

export function Hint({ text, children }: { text: string; children: ReactElement<React.DOMAttributes<HTMLElement>> }) {
  return (
    <TooltipTrigger delay={WAIT_MS}>
      <Focusable>{children as never}</Focusable>
      <Tooltip className="tooltip" offset={6}>
        {text}
      </Tooltip>
    </TooltipTrigger>
  );
}

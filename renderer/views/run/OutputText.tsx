/** The prompt and what came after it. Keeps to the end while text comes, unless the reader has scrolled up. */
import { memo, useLayoutEffect, useRef } from "react";
import { count } from "../../state/format.js";
import type { RunView } from "../../state/run-view.js";
import { blocksOf } from "./text-blocks.js";

const NEAR_END_PX = 24;

export function OutputText({ run }: { run: RunView | null }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const text = run?.text ?? "";

  useLayoutEffect(() => {
    const element = box.current;
    if (text !== "" && element !== null && follows.current) element.scrollTop = element.scrollHeight;
  }, [text]);

  function onScroll(): void {
    const element = box.current;
    if (element === null) return;
    follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
  }

  return (
    <div className="output" ref={box} onScroll={onScroll} tabIndex={0} role="region" aria-label="Text">
      {run === null ? (
        <p className="empty">The text appears here.</p>
      ) : (
        <p>
          <span className="prompt">{run.textStart === 0 ? run.facts?.prompt : earlier(run.textStart)}</span>
          <span data-testid="text">
            {blocksOf(text).map((block, at) => (
              <Block key={at} text={block} isFirst={at === 0} />
            ))}
          </span>
        </p>
      )}
    </div>
  );
}

const earlier = (characters: number) =>
  `The first ${count(characters)} characters of this long text are in its export. … `;

/** The first one goes on in the line of the prompt. */
const Block = memo(function Block({ text, isFirst }: { text: string; isFirst: boolean }) {
  return <span className={isFirst ? undefined : "text-block"}>{text}</span>;
});

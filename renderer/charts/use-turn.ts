/**
 * Making a chart takes some ten milliseconds, the first one much more: charts that appear together are made in their
 * turns, each in slices between which the page answers.
 */
import { startTransition, useEffect, useRef, useState } from "react";
import { useTurns } from "./turns.js";

/** Whether it is the caller's turn to be made; then it stays so. What goes on with something is made before the others. */
export function useTurn(goesOn = false): boolean {
  const turns = useTurns();
  const [isMade, setMade] = useState(false);
  const done = useRef<() => void>(undefined);
  useEffect(() => {
    const make = () =>
      new Promise<void>((resolve) => {
        done.current = resolve;
        startTransition(() => setMade(true));
      });
    turns.add(make, goesOn);
    return () => {
      turns.remove(make);
      done.current?.();
    };
  }, [turns, goesOn]);
  useEffect(() => {
    if (isMade) done.current?.();
  }, [isMade]);
  return isMade;
}

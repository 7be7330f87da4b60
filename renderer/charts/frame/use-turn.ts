/** Making a chart's frame takes some ten milliseconds: charts that appear together are made in a frame each. */
import { useEffect, useState } from "react";

const waiting = new Set<() => void>();
let frame = 0;

function next(): void {
  const [turn] = waiting;
  frame = 0;
  if (turn === undefined) return;
  waiting.delete(turn);
  turn();
  if (waiting.size > 0) frame = requestAnimationFrame(next);
}

/** Whether it is the caller's turn to be made; then it stays so. */
export function useTurn(): boolean {
  const [isMade, setMade] = useState(false);
  useEffect(() => {
    const turn = () => setMade(true);
    waiting.add(turn);
    if (frame === 0) frame = requestAnimationFrame(next);
    return () => void waiting.delete(turn);
  }, []);
  return isMade;
}

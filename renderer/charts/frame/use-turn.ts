/** Making a chart's frame takes some ten milliseconds: charts that appear together are made in their turns. */
import { useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { useTurns } from "../turns.js";

/** Whether it is the caller's turn to be made; then it stays so. */
export function useTurn(): boolean {
  const turns = useTurns();
  const [isMade, setMade] = useState(false);
  useEffect(() => {
    const make = () => flushSync(() => setMade(true));
    turns.add(make);
    return () => turns.remove(make);
  }, [turns]);
  return isMade;
}

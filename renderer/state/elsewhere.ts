/** Whether something goes on on a target that was not started in this window: two at once both measure wrong. */
import { useEffect } from "react";
import { useAnswer } from "./answer.js";
import { useSelect } from "./context.js";
import { isRunning, isWorking } from "./state.js";

const AGAIN_MS = 5000; // while there is something

/** Asked when the view appears and when the window is turned to again: of another program's runs nobody tells. */
export function useElsewhere(target: string): boolean {
  const isOurs = useSelect((state) => isRunning(state) || isWorking(state));
  const { value, again } = useAnswer("runs.query", isOurs ? undefined : { target, status: "running", limit: 1 });
  const isBusy = !isOurs && value !== null && value.total > 0;
  useEffect(() => {
    window.addEventListener("focus", again);
    const timer = isBusy ? setInterval(again, AGAIN_MS) : undefined;
    return () => {
      window.removeEventListener("focus", again);
      clearInterval(timer);
    };
  }, [again, isBusy]);
  return isBusy;
}

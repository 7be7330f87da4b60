/** Runs of the store, read whole, for a view that draws several of them at once. */
import { useEffect, useState } from "react";
import { useClient, useSelect } from "./context.js";
import { addEvents, finish, newRunView, type RunView } from "./run-view.js";

/** Those of them that have been read; one that is not there any more is left out. */
export function useKeptRuns(runIds: readonly string[]): RunView[] {
  const client = useClient();
  const isOpen = useSelect((state) => state.connection === "open");
  const [read, setRead] = useState<ReadonlyMap<string, RunView>>(new Map());
  const wanted = runIds.join("\n");

  useEffect(() => {
    if (!isOpen || wanted === "") return;
    const reading = new Map(wanted.split("\n").map((runId) => [runId, newRunView(runId, false, null)]));
    const ends = [
      client.on("run.events", ({ runId, events }) => {
        const view = reading.get(runId);
        if (view) reading.set(runId, addEvents(view, events));
      }),
      client.on("run.finished", (outcome) => {
        const view = reading.get(outcome.runId);
        if (!view) return;
        const others = (before: ReadonlyMap<string, RunView>) => [...before].filter(([runId]) => reading.has(runId));
        setRead((before) => new Map([...others(before), [outcome.runId, finish(view, outcome)]]));
      }),
    ];
    for (const runId of reading.keys()) {
      client.call("run.attach", { runId, fromSeq: 1 }).catch(() => undefined); // deleted meanwhile
    }
    return () => ends.forEach((end) => end());
  }, [client, isOpen, wanted]);
  return runIds.flatMap((runId) => read.get(runId) ?? []);
}

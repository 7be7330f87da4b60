/** The history: queries, deleting, exports. */
import { PhononError } from "../base/errors.js";
import type { Accepted, Response } from "./contract.js";
import type { ControlSide } from "./side.js";
import type { Client } from "./subscription.js";

type RunsChannel = "runs.query" | "runs.delete" | "runs.export";
type RunsHandlers = { [C in RunsChannel]: (client: Client, request: Accepted<C>) => Promise<Response<C>> };

/** `changed` is called when the history is not any more what a UI was told. */
export function runsHandlers(side: ControlSide, changed: () => void): RunsHandlers {
  return {
    "runs.query": (_client, query) => side.queryRuns(query),
    "runs.delete": async (_client, { runIds }) => {
      try {
        await side.deleteRuns(runIds);
      } finally {
        changed();
      }
      return null;
    },
    "runs.export": async (_client, { runId, format }) => {
      const file = await side.exportRun(runId, format);
      if (!file) throw new PhononError("no_such_run", `There is no run ${runId} in the store.`);
      return file;
    },
  };
}

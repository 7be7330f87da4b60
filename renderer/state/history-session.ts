/** What can be done with the history. At most one query is under way; what is asked meanwhile is asked once after it. */
import type { ExportFormat, Failure } from "../../electron/ipc/contract.js";
import type { PhononClient } from "../transport/client.js";
import { pageCount, requestOf, type History, type HistoryAction, type HistoryQuery } from "./history.js";

export interface HistorySession {
  /** Asks for the page again, as it is looked at now. */
  refresh(): Promise<void>;
  look(change: Partial<HistoryQuery>): Promise<void>;
  /** Resolves to whether they are gone. */
  remove(runIds: readonly string[]): Promise<boolean>;
  /** Writes one file per run; the state says where. */
  exportAs(runIds: readonly string[], format: ExportFormat): Promise<void>;
}

export function historySession(
  client: PhononClient,
  state: () => History,
  dispatch: (action: HistoryAction) => void,
  failureOf: (error: unknown) => Failure,
): HistorySession {
  let asking = false;
  let again = false;

  async function ask(): Promise<void> {
    const { query } = state();
    const page = await client.call("runs.query", requestOf(query));
    const last = pageCount(page.total) - 1;
    if (state().query === query && query.page > last) {
      dispatch({ type: "history.query", change: { page: last } }); // its last rows were deleted
      again = true;
    } else dispatch({ type: "history.page", page });
  }

  async function refresh(): Promise<void> {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      do {
        again = false;
        await ask();
      } while (wanted());
    } catch (error) {
      const failure = failureOf(error);
      if (failure.code !== "connection_lost") dispatch({ type: "history.failed", failure }); // asked again with it
    } finally {
      asking = false;
    }
  }

  const wanted = (): boolean => again; // a function, because it changes while an answer is awaited

  async function busily(what: string, work: () => Promise<void>): Promise<boolean> {
    dispatch({ type: "history.failed", failure: null });
    dispatch({ type: "history.busy", busy: what });
    try {
      await work();
      return true;
    } catch (error) {
      dispatch({ type: "history.failed", failure: failureOf(error) });
      return false;
    } finally {
      dispatch({ type: "history.busy", busy: null });
    }
  }

  return {
    refresh,
    async look(change) {
      dispatch({ type: "history.query", change });
      await refresh();
    },
    remove: (runIds) =>
      busily("Deleting …", async () => {
        await client.call("runs.delete", { runIds: [...runIds] });
        await refresh();
      }),
    async exportAs(runIds, format) {
      await busily("Exporting …", async () => {
        const paths: string[] = [];
        let bytes = 0;
        for (const runId of runIds) {
          const file = await client.call("runs.export", { runId, format });
          paths.push(file.path);
          bytes += file.bytes;
        }
        dispatch({ type: "history.exported", exported: { paths, bytes } });
      });
    },
  };
}

/** The runs that were kept, or one of them, replayed. */
import { HistoryTable } from "./HistoryTable.js";
import { Replay } from "./Replay.js";

export function HistoryPage({ argument }: { argument: string | null }) {
  return argument === null ? <HistoryTable /> : <Replay runId={argument} />;
}

/** The runs that were kept, or one of them, replayed. */
import { HistoryList } from "./HistoryList.js";
import { Replay } from "./Replay.js";

export function HistoryPage({ argument }: { argument: string | null }) {
  return argument === null ? <HistoryList /> : <Replay runId={argument} />;
}

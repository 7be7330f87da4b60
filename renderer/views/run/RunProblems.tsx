import { Notice } from "../../components/Notice.js";
import type { RunView } from "../../state/run-view.js";

/** Why a run failed, with what to do about it, and what else is to be known of it. */
export function RunProblems({ run: { summary, ended, failure, warnings } }: { run: RunView }) {
  const failed = summary?.status === "failed" || ended?.status === "failed";
  const code = summary?.reason ?? ended?.reason ?? "internal";
  const message = summary?.message ?? ended?.message ?? "The run failed.";
  return (
    <>
      {failure && <Notice failure={failure} />}
      {failed && !failure && <Notice failure={{ code, message }} />}
      {warnings.map((warning) => (
        <p key={warning} className="warning">
          {warning}
        </p>
      ))}
    </>
  );
}

/** One target: its state, what to do about it, its facts, and whether it is fit for a run. */
import type { TargetInfo } from "../../../electron/ipc/contract.js";
import { Button } from "../../components/Button.js";
import { Measure } from "../../components/Measure.js";
import { Notice } from "../../components/Notice.js";
import { useAnswer } from "../../state/answer.js";
import { useDispatch } from "../../state/context.js";
import { measuredInWords, useMeasuring } from "../../state/measuring.js";
import { plain } from "../../state/plain.js";
import { goTo } from "../../state/route.js";
import { checksInWords, stateInWords } from "../../state/targets.js";
import { Checks } from "./Checks.js";
import { Facts } from "./Facts.js";

export function TargetCard({ target, isChosen }: { target: TargetInfo; isChosen: boolean }) {
  const dispatch = useDispatch();
  const { label, tone } = stateInWords(target);
  const isReady = target.state === "ready";
  const name = plain(target.name, 80);
  return (
    <section className={isChosen ? "panel target chosen" : "panel target"} aria-label={name}>
      <header className="target-head">
        <h2>{name}</h2>
        <span className={`state ${tone}`}>{label}</span>
        <code className="target-id">{target.id}</code>
      </header>
      {target.remedy !== null && <p className="target-remedy">{target.remedy}</p>}
      {isReady && <ReadyTarget id={target.id} />}
      <footer className="target-foot">
        <Button
          variant={isChosen ? "primary" : "plain"}
          isDisabled={!isReady}
          onPress={() => {
            dispatch({ type: "setup", change: { target: target.id } });
            goTo("run");
          }}
        >
          Run here
        </Button>
        {isChosen && <span className="note">Chosen for runs</span>}
      </footer>
    </section>
  );
}

/** Mounted anew at every plugging in, so that everything is asked anew. */
function ReadyTarget({ id }: { id: string }) {
  const facts = useAnswer("targets.facts", { target: id });
  const checks = useAnswer("targets.preflight", { target: id });
  const placement = useAnswer("models.placement", { target: id });
  const measuring = useMeasuring(id);
  const asking = facts.asking || checks.asking;
  return (
    <>
      {facts.failure && <Notice failure={facts.failure} />}
      {facts.value && <Facts report={facts.value} placement={placement.value} />}
      {checks.failure && facts.failure === null && <Notice failure={checks.failure} />}
      <div className="preflight-head">
        <h3>{checks.value && !facts.failure ? checksInWords(checks.value) : asking ? "Checking …" : "Not checked"}</h3>
        <Button
          variant="quiet"
          isDisabled={asking}
          onPress={() => {
            facts.again();
            checks.again();
            placement.again();
          }}
        >
          {asking ? "Asking …" : "Check again"}
        </Button>
      </div>
      {checks.value && !facts.failure && <Checks checks={checks.value} />}
      <Measure measuring={measuring} why={measuredInWords(measuring.measuredAt)} />
    </>
  );
}

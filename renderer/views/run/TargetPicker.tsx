/** Where to run: this computer and the phones that are seen, each with what is known of it and what to do about it. */
import { useEffect } from "react";
import type { Check, TargetInfo } from "../../../electron/ipc/contract.js";
import { Choice } from "../../components/Choice.js";
import { useDispatch, useSelect, useSession } from "../../state/context.js";
import { bytes, text } from "../../state/format.js";
import { plain } from "../../state/plain.js";
import { stateInWords } from "../../state/targets.js";

export function TargetPicker() {
  const targets = useSelect((state) => state.targets);
  const phonesProblem = useSelect((state) => state.phonesProblem);
  const chosen = useSelect((state) => state.setup.target);
  const session = useSession();
  const dispatch = useDispatch();
  const state = targets?.find((target) => target.id === chosen)?.state;

  useEffect(() => {
    if (state === "ready") void session.preflight(chosen);
  }, [session, chosen, state]);

  return (
    <div className="field">
      <Choice
        label="Target"
        layout="cards"
        value={chosen}
        onChange={(target) => dispatch({ type: "setup", change: { target } })}
        options={(targets ?? []).map((target) => ({
          id: target.id,
          content: <TargetCard target={target} chosen={target.id === chosen} />,
        }))}
      />
      {targets === null && <p className="note">Looking for targets …</p>}
      {targets !== null && state === undefined && (
        <p className="note problem">The target that was chosen ({plain(chosen)}) is not connected.</p>
      )}
      {targets?.every((target) => target.kind === "local") && (
        <p className="note">
          {phonesProblem?.message ?? "Plug in a phone with USB debugging switched on, and it appears here."}
        </p>
      )}
    </div>
  );
}

function TargetCard({ target, chosen }: { target: TargetInfo; chosen: boolean }) {
  const preflight = useSelect((state) => state.preflight);
  const { label, tone } = stateInWords(target);
  const checks = chosen && preflight?.target === target.id ? preflight.checks : null;
  return (
    <>
      <span className="card-head">
        <strong>{plain(target.name)}</strong>
        <span className={`state ${tone}`}>{label}</span>
      </span>
      {chosen && <span className="facts">{plain(factsOf(target).join(" · "))}</span>}
      {target.remedy !== null && <span className="remedy">{target.remedy}</span>}
      {checks && <Checks checks={checks} />}
      {chosen && checks === null && target.state === "ready" && <span className="note">Checking …</span>}
    </>
  );
}

function factsOf(target: TargetInfo): string[] {
  const cores = target.cores.length;
  const fastest = Math.max(0, ...target.cores.map((core) => core.maxMhz ?? 0));
  const clock = fastest > 0 ? ` up to ${(fastest / 1000).toFixed(1)} GHz` : "";
  return [
    target.soc,
    cores > 0 ? `${cores} ${cores === 1 ? "core" : "cores"}${clock}` : null,
    target.memoryBytes === null ? null : `${text(bytes(target.memoryBytes))} memory`,
    target.storageFreeBytes === null ? null : `${text(bytes(target.storageFreeBytes))} free`,
    target.npu,
  ].filter((fact) => fact !== null);
}

/** Only what needs attention; the rest is counted. */
function Checks({ checks }: { checks: Check[] }) {
  const attention = checks.filter((check) => check.status !== "ok");
  const passed = checks.length - attention.length;
  return (
    <>
      {attention.map((check) => (
        <span key={check.name} className={`check ${check.status}`}>
          <b>{check.name}:</b> {check.detail}
          {check.remedy !== undefined && <span className="remedy"> {check.remedy}</span>}
        </span>
      ))}
      {passed > 0 && (
        <span className="check ok">
          {attention.length === 0 ? "All checks passed" : `${passed} of ${checks.length} checks passed`}
        </span>
      )}
    </>
  );
}

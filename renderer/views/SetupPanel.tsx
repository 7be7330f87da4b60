/** What a run shall be, top to bottom in the order in which it is decided, and the button that starts or cancels it. */
import type { EngineName } from "../../electron/ipc/contract.js";
import { EngineTag } from "../components/EngineTag.js";
import { Field } from "../components/Field.js";
import { Notice } from "../components/Notice.js";
import { useDispatch, useSelect, useSession } from "../state/context.js";
import { requestOf, type Problems, type Setup } from "../state/setup.js";
import { isRunning } from "../state/state.js";
import { ModelPicker } from "./ModelPicker.js";
import { TargetPicker } from "./TargetPicker.js";

const ENGINES: EngineName[] = ["phonon", "llama.cpp"];

export function SetupPanel() {
  const setup = useSelect((state) => state.setup);
  const outcome = requestOf(setup);
  const problems = "problems" in outcome ? outcome.problems : {};
  return (
    <section className="panel setup" aria-label="Set up a run">
      <div className="setup-fields">
        <TargetPicker />
        <ModelPicker />
        <EnginePicker chosen={setup.engine} />
        <PromptField prompt={setup.prompt} problem={problems.prompt} />
        <Generation setup={setup} problems={problems} />
      </div>
      <RunControls valid={"request" in outcome} />
    </section>
  );
}

function EnginePicker({ chosen }: { chosen: EngineName }) {
  const dispatch = useDispatch();
  return (
    <fieldset className="group">
      <legend>Engine</legend>
      <div className="segments">
        {ENGINES.map((engine) => (
          <label key={engine} className={engine === chosen ? "segment chosen" : "segment"}>
            <input
              type="radio"
              name="engine"
              checked={engine === chosen}
              onChange={() => dispatch({ type: "setup", change: { engine } })}
            />
            <EngineTag engine={engine} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function PromptField({ prompt, problem }: { prompt: string; problem: string | undefined }) {
  const dispatch = useDispatch();
  return (
    <Field label="Prompt" problem={problem}>
      {(control) => (
        <textarea
          {...control}
          rows={4}
          value={prompt}
          onChange={(event) => dispatch({ type: "setup", change: { prompt: event.target.value } })}
        />
      )}
    </Field>
  );
}

function Generation({ setup, problems }: { setup: Setup; problems: Problems }) {
  const dispatch = useDispatch();
  const number = (key: "tokens" | "threads" | "seed", label: string, placeholder = "") => (
    <Field label={label} problem={problems[key]}>
      {(control) => (
        <input
          {...control}
          type="text"
          inputMode="numeric"
          autoComplete="off"
          className="number"
          placeholder={placeholder}
          value={setup[key]}
          onChange={(event) => dispatch({ type: "setup", change: { [key]: event.target.value } })}
        />
      )}
    </Field>
  );
  return (
    <div className="generation">
      {number("tokens", "Tokens")}
      {number("threads", "Threads", "auto")}
      <Field label="Sampling">
        {(control) => (
          <select
            {...control}
            value={setup.greedy ? "greedy" : "random"}
            onChange={(event) => dispatch({ type: "setup", change: { greedy: event.target.value === "greedy" } })}
          >
            <option value="greedy">Greedy</option>
            <option value="random">Random</option>
          </select>
        )}
      </Field>
      {!setup.greedy && number("seed", "Seed")}
    </div>
  );
}

function RunControls({ valid }: { valid: boolean }) {
  const session = useSession();
  const dispatch = useDispatch();
  const running = useSelect(isRunning);
  const failure = useSelect((state) => state.failure);
  const obstacle = useSelect((state) => {
    if (state.connection !== "open") return "Not connected.";
    const target = state.targets?.find(({ id }) => id === state.setup.target);
    if (target === undefined) return "Choose a target.";
    return target.state === "ready" ? null : `${target.name} is not ready.`;
  });
  return (
    <div className="run-controls">
      {failure && <Notice failure={failure} onDismiss={() => dispatch({ type: "failed", failure: null })} />}
      {running ? (
        <button type="button" className="primary cancel" onClick={() => void session.cancel()}>
          Cancel <kbd>Esc</kbd>
        </button>
      ) : (
        <button
          type="button"
          className="primary"
          disabled={!valid || obstacle !== null}
          title={obstacle ?? undefined}
          onClick={() => void session.run()}
        >
          Run <kbd>Ctrl ↵</kbd>
        </button>
      )}
    </div>
  );
}

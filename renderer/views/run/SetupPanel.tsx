/** What a run shall be, top to bottom in the order in which it is decided, and the button that starts or cancels it. */
import { Choice } from "../../components/Choice.js";
import { EngineChoice } from "../../components/EngineChoice.js";
import { Later } from "../../components/Later.js";
import { MemoryFields } from "../../components/MemoryFields.js";
import { NumberField } from "../../components/NumberField.js";
import { useDispatch, useSelect } from "../../state/context.js";
import { requestOf, type Problems } from "../../state/setup.js";
import { useNarrow } from "../use-narrow.js";
import { AdvancedFields } from "./AdvancedFields.js";
import { ModelPicker } from "./ModelPicker.js";
import { PromptField } from "./PromptField.js";
import { RunControls } from "./RunControls.js";
import { StreamingFields } from "./StreamingFields.js";
import { TargetPicker } from "./TargetPicker.js";

const SAMPLING = [
  { id: "random", content: "Random" },
  { id: "greedy", content: "Greedy" },
] as const;

export function SetupPanel() {
  const isAbove = useNarrow(); // in place of beside the run
  return (
    <section className="panel setup" aria-label="Set up a run">
      <Later isNow={isAbove}>
        <SetupFields />
      </Later>
    </section>
  );
}

function SetupFields() {
  const setup = useSelect((state) => state.setup);
  const dispatch = useDispatch();
  const outcome = requestOf(setup);
  const problems: Problems = "problems" in outcome ? outcome.problems : {};
  return (
    <>
      <div className="setup-fields">
        <TargetPicker />
        <ModelPicker />
        <EngineChoice
          label="Engine"
          value={setup.engine}
          onChange={(engine) => dispatch({ type: "setup", change: { engine } })}
        />
        <MemoryFields
          memory={setup}
          problem={problems.memoryMib}
          engines={[setup.engine]}
          onChange={(change) => dispatch({ type: "setup", change })}
        />
        <PromptField prompt={setup.prompt} problem={problems.prompt} />
        <div className="generation">
          <NumberField
            label="Tokens"
            least={1}
            value={setup.tokens}
            problem={problems.tokens}
            onChange={(tokens) => dispatch({ type: "setup", change: { tokens } })}
          />
          <Choice
            label="Sampling"
            layout="segments"
            value={setup.greedy ? "greedy" : "random"}
            onChange={(sampling) => dispatch({ type: "setup", change: { greedy: sampling === "greedy" } })}
            options={SAMPLING}
          />
        </div>
        {setup.engine !== "llama.cpp" && <StreamingFields setup={setup} problems={problems} />}
        <AdvancedFields setup={setup} problems={problems} />
      </div>
      <RunControls valid={"request" in outcome} />
    </>
  );
}

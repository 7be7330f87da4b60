/** The prompt, and prompts to begin with. */
import { ToggleButton } from "react-aria-components";
import { TextField } from "../../components/TextField.js";
import { useDispatch } from "../../state/context.js";
import { PRESETS } from "../../state/presets.js";

export function PromptField({ prompt, problem }: { prompt: string; problem: string | undefined }) {
  const dispatch = useDispatch();
  const change = (text: string) => dispatch({ type: "setup", change: { prompt: text } });
  return (
    <div className="field">
      <TextField label="Prompt" rows={4} value={prompt} onChange={change} problem={problem} />
      <div className="chips" role="group" aria-label="Examples">
        {PRESETS.map((preset) => (
          <ToggleButton
            key={preset.label}
            className="chip"
            isSelected={preset.prompt === prompt}
            onChange={() => change(preset.prompt)}
          >
            {preset.label}
          </ToggleButton>
        ))}
      </div>
    </div>
  );
}

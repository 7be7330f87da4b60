import { useState } from "react";
import { Form } from "react-aria-components";
import { Button } from "../../components/Button.js";
import { TextField } from "../../components/TextField.js";
import { useSession } from "../../state/context.js";

/** Adds a model by its path; what is wrong with it is said beside the field. */
export function AddModel({ onAdded }: { onAdded: () => void }) {
  const session = useSession();
  const [path, setPath] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function add(): Promise<void> {
    if (path.trim() === "") {
      setProblem("Type the path of a GGUF file.");
      return;
    }
    setBusy(true);
    const failure = await session.addModel(path.trim());
    setBusy(false);
    if (failure === null) onAdded();
    else setProblem(failure.message);
  }

  return (
    <Form
      className="add-model"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <TextField
        label="Path of a GGUF file"
        hint="On the computer that runs Phonon."
        problem={problem}
        autoFocus
        placeholder="~/models/model.gguf"
        value={path}
        onChange={(value) => {
          setPath(value);
          setProblem(undefined);
        }}
      />
      <Button type="submit" isDisabled={busy}>
        {busy ? "Reading …" : "Add"}
      </Button>
    </Form>
  );
}

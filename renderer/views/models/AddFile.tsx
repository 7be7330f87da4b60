/**
 * Adds a GGUF file: dropped anywhere on the view, chosen, or by its path. Where the program is a desktop's window, a
 * file tells where it lies; a browser keeps that to itself, so there the path is typed.
 */
import { useState, type DragEvent, type ReactNode } from "react";
import type { Failure, ModelEntry } from "../../../electron/ipc/contract.js";
import { Button } from "../../components/Button.js";
import { Notice } from "../../components/Notice.js";
import { TextField } from "../../components/TextField.js";
import { failureOf } from "../../state/answer.js";
import { useClient, useDispatch } from "../../state/context.js";
import { fileName } from "../../state/format.js";

interface AddFileProps {
  onAdded: (model: ModelEntry) => void;
  children: ReactNode;
}

export function AddFile({ onAdded, children }: AddFileProps) {
  const client = useClient();
  const dispatch = useDispatch();
  const [path, setPath] = useState("");
  const [reading, setReading] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const [isOver, setIsOver] = useState(false);
  const bridge = window.phonon;
  const tellsPaths = bridge?.pathOf !== undefined;

  async function add(file: string): Promise<void> {
    if (file.trim() === "") {
      setFailure({ code: "bad_request", message: "Type the path of a GGUF file." });
      return;
    }
    setReading(fileName(file.trim()));
    setFailure(undefined);
    try {
      const model = await client.call("models.inspect", { path: file.trim() });
      dispatch({ type: "models", models: await client.call("models.list", null) });
      onAdded(model);
      setPath("");
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setReading(undefined);
    }
  }

  async function choose(): Promise<void> {
    try {
      const { path: file } = await client.call("models.choose", null);
      if (file !== null) await add(file);
    } catch (error) {
      setFailure(failureOf(error));
    }
  }

  /** One after the other: the last one is then shown. */
  async function addFiles(files: readonly File[]): Promise<void> {
    for (const file of files) {
      const place = bridge?.pathOf?.(file) ?? "";
      if (place !== "") await add(place);
      else {
        const message = `The browser does not tell where ${file.name} lies: type its path, and press Add.`;
        setFailure({ code: "path_unknown", message });
        setPath(file.name);
      }
    }
  }

  const drop = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      setIsOver(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setIsOver(false);
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setIsOver(false);
      void addFiles([...event.dataTransfer.files]);
    },
  };

  return (
    <div className={isOver ? "drop-area over" : "drop-area"} {...drop}>
      <form
        className="panel add-file"
        aria-label="Add a model"
        onSubmit={(event) => {
          event.preventDefault();
          void add(path);
        }}
      >
        <div className="field-row">
          <TextField
            label="Add a GGUF file by its path"
            hint={tellsPaths ? "Or drop it here." : "A path on the computer that runs Phonon, as ~/models/model.gguf."}
            placeholder="~/models/model.gguf"
            value={path}
            onChange={setPath}
          />
          <Button type="submit" isDisabled={reading !== undefined}>
            {reading === undefined ? "Add" : "Reading …"}
          </Button>
          {tellsPaths && <Button onPress={() => void choose()}>Choose …</Button>}
        </div>
        {failure && <Notice failure={failure} onDismiss={() => setFailure(undefined)} />}
      </form>
      {children}
      {isOver && <p className="drop-hint">Drop the GGUF file to add it</p>}
    </div>
  );
}

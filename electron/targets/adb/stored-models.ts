/** The models that were brought to a phone: their names there are their hashes. */
import type { StoredModel } from "../target.js";
import { run } from "./exec.js";
import { modelsFolder } from "./paths.js";
import { sh } from "./shell-text.js";

export async function listStoredModels(serial: string, signal?: AbortSignal): Promise<StoredModel[]> {
  const list = sh`cd ${modelsFolder} 2>/dev/null && for f in *.gguf *.part; do
    [ -f "$f" ] && stat -c '%s %n' "$f"
  done; true`;
  const { output } = await run(serial, list, { what: "Listing models", ms: 10_000, signal });
  return parseStored(output);
}

/** Lines "12928576 HASH.gguf", or "HASH.gguf.part" of a push that has not ended; anything else is not ours. */
export function parseStored(text: string): StoredModel[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(\d{1,15}) ([0-9a-f]{64})\.gguf(\.part)?\s*$/.exec(line);
    return match ? [{ sha256: match[2] ?? "", bytes: Number(match[1]), whole: match[3] === undefined }] : [];
  });
}

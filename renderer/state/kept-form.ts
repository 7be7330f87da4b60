/** What the browser keeps of a form under a name, field by field; nothing where it is not ours. */
export function keptFields(storage: Pick<Storage, "getItem">, key: string): [string, unknown][] {
  let kept: unknown;
  try {
    kept = JSON.parse(storage.getItem(key) ?? "{}");
  } catch {
    return [];
  }
  return typeof kept === "object" && kept !== null ? Object.entries(kept) : [];
}

/** A form as the browser keeps it under a name; what is not ours, or not of a field's type, stays as `initial` has it. */
export function keptForm<T extends object>(storage: Pick<Storage, "getItem">, key: string, initial: T): T {
  const form = { ...initial };
  let kept: unknown;
  try {
    kept = JSON.parse(storage.getItem(key) ?? "{}");
  } catch {
    return form;
  }
  if (typeof kept !== "object" || kept === null) return form;
  for (const [field, value] of Object.entries(kept as Record<string, unknown>)) {
    if (Object.hasOwn(form, field) && typeof value === typeof form[field as keyof T])
      Object.assign(form, { [field]: value });
  }
  return form;
}

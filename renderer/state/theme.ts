/** Light, dark, or as the system has it. */
export type Theme = "system" | "light" | "dark";

export const THEMES = [
  { id: "system", label: "System" },
  { id: "light", label: "Light" },
  { id: "dark", label: "Dark" },
] as const;

const KEY = "phonon.theme";

export const isTheme = (text: string): text is Theme => THEMES.some(({ id }) => id === text);

export function keptTheme(storage: Pick<Storage, "getItem">): Theme {
  const kept = storage.getItem(KEY) ?? "";
  return isTheme(kept) ? kept : "system";
}

export function applyTheme(theme: Theme, root: HTMLElement, storage: Pick<Storage, "setItem">): void {
  storage.setItem(KEY, theme);
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
}

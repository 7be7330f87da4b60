/** Light, dark, or as the system has it. */
export type Theme = "system" | "light" | "dark";

const KEY = "phonon.theme";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

export function keptTheme(storage: Pick<Storage, "getItem">): Theme {
  const kept = storage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function applyTheme(theme: Theme, root: HTMLElement, storage: Pick<Storage, "setItem">): void {
  storage.setItem(KEY, theme);
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
}

export const nextTheme = (theme: Theme): Theme => NEXT[theme];

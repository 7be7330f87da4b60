import { useEffect, useState } from "react";
import { applyTheme, keptTheme, nextTheme } from "../state/theme.js";

/** Steps through as-the-system, light and dark. */
export function ThemeToggle() {
  const [theme, setTheme] = useState(() => keptTheme(localStorage));
  useEffect(() => applyTheme(theme, document.documentElement, localStorage), [theme]);
  return (
    <button type="button" className="quiet" onClick={() => setTheme(nextTheme(theme))} title="Change the colours">
      Theme: {theme}
    </button>
  );
}

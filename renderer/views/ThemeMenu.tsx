import { useEffect, useState } from "react";
import { Menu } from "../components/Menu.js";
import { applyTheme, isTheme, keptTheme, THEMES } from "../state/theme.js";

/** Light, dark, or as the system is. */
export function ThemeMenu() {
  const [theme, setTheme] = useState(() => keptTheme(localStorage));
  useEffect(() => applyTheme(theme, document.documentElement, localStorage), [theme]);
  const { label } = THEMES.find(({ id }) => id === theme) ?? THEMES[0];
  return (
    <Menu
      variant="quiet"
      label={`Theme: ${label}`}
      actions={THEMES}
      onAction={(id) => {
        if (isTheme(id)) setTheme(id);
      }}
    >
      <svg className="icon theme-icon" viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="12" cy="12" r="8" />
        <path d="M12 4a8 8 0 010 16z" />
      </svg>
    </Menu>
  );
}

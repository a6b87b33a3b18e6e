/** Light or dark: as the system says, until the user chooses. */

import { useState } from "react";

const KEY = "theme";
const THEMES = [
  ["system", "System"],
  ["light", "Light"],
  ["dark", "Dark"],
] as const;

type Theme = (typeof THEMES)[number][0];

const stored = (): Theme => THEMES.find(([theme]) => theme === localStorage.getItem(KEY))?.[0] ?? "system";

export function applyTheme(theme: Theme = stored()): void {
  document.documentElement.dataset.theme = theme;
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState(stored);
  const change = (theme: Theme) => {
    localStorage.setItem(KEY, theme);
    applyTheme(theme);
    setTheme(theme);
  };
  return (
    <label className="theme">
      <span>Theme</span>
      <select value={theme} onChange={(event) => change(event.target.value as Theme)}>
        {THEMES.map(([theme, name]) => (
          <option key={theme} value={theme}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

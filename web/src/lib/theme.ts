import { useCallback, useState } from 'react';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Also read by src/head/theme.js. */
const STORAGE_KEY = 'adx-theme';

/** The theme chosen on this page, kept in this browser and shown on the document. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    const chosen = document.documentElement.dataset.theme;
    return THEMES.find((known) => known === chosen) ?? 'auto';
  });
  const choose = useCallback((next: Theme) => {
    setTheme(next);
    if (next === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      if (next === 'auto') localStorage.removeItem(STORAGE_KEY);
      else localStorage.setItem(STORAGE_KEY, next);
    } catch {
      // Storage is blocked or full: the choice holds for this visit.
    }
  }, []);
  return [theme, choose];
}

// Runs before the first paint, so that a chosen theme does not flash. The same key is written by src/lib/theme.ts.
try {
  const theme = localStorage.getItem('adx-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's preference stands.
}

import type { ReactNode } from 'react';

const shapes = {
  search: (
    <>
      <circle cx="11" cy="11" r="6.5" />
      <path d="m16 16 4.5 4.5" />
    </>
  ),
  menu: <path d="M4 7h16M4 12h16M4 17h16" />,
  filter: <path d="M4 7h16M7 12h10M10 17h4" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  copy: (
    <>
      <rect x="9" y="9" width="11" height="11" rx="2" />
      <path d="M15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3" />
    </>
  ),
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  auto: (
    <>
      <circle cx="12" cy="12" r="8" />
      <path d="M12 4a8 8 0 0 1 0 16Z" fill="currentColor" />
    </>
  ),
  light: (
    <>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4" />
    </>
  ),
  dark: <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />,
  external: <path d="M9 6h9v9M18 6 7 17" />,
  warning: <path d="M12 4 3 19.5h18L12 4Zm0 6v4.5m0 2.4v.1" />,
} satisfies Record<string, ReactNode>;

/** A line drawing beside words that say the same: hidden from screen readers. */
export function Icon({ shape }: { shape: keyof typeof shapes }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="18"
      height="18"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {shapes[shape]}
    </svg>
  );
}

/** The marketplace's own mark; the same drawing as src/head/icon.svg. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0b5f66" />
      <path d="M16 6v10H6A10 10 0 0 1 16 6ZM16 26V16h10a10 10 0 0 1-10 10Z" fill="#fff" />
      <circle cx="21" cy="11" r="4" fill="#7fd6cb" />
      <circle cx="11" cy="21" r="4" fill="#7fd6cb" />
    </svg>
  );
}

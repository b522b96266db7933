import type { ReactNode } from 'react';

interface AskButtonProps {
  /** What the button is called where the page has several of its kind. */
  name?: string | undefined;
  /** Opens the question. */
  onAsk: () => void;
  children: ReactNode;
}

/** A button that asks something before anything is done. */
export function AskButton({ name, onAsk, children }: AskButtonProps) {
  return (
    <button
      type="button"
      className="button"
      aria-label={name}
      aria-haspopup="dialog"
      onClick={onAsk}
    >
      {children}
    </button>
  );
}

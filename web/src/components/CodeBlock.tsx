interface CodeBlockProps {
  label: string;
  text: string;
  className?: string | undefined;
}

/** Text of fixed width that scrolls sideways where it must, by keyboard too. */
export function CodeBlock({ label, text, className }: CodeBlockProps) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- without it, no keyboard could scroll it
    <pre className={className} tabIndex={0} role="group" aria-label={label}>
      <code>{text}</code>
    </pre>
  );
}

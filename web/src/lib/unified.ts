/** What a line of a unified diff is. */
export type LineKind = 'added' | 'removed' | 'place' | 'same';

export interface DiffLine {
  kind: LineKind;
  text: string;
}

/**
 * The lines of a comparison in the unified format, as the registry writes it: without names of files, since the file is known.
 */
export function unified(text: string): DiffLine[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => ({ kind: kindOf(line), text: line }));
}

function kindOf(line: string): LineKind {
  if (line.startsWith('@@ ')) return 'place';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : 'same';
}

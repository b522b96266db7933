export interface Segment {
  text: string;
  match: boolean;
}

/** Cuts `text` where words of the question begin a word of it, so that the matches can be marked. */
export function highlight(text: string, question: string): Segment[] {
  const words = question.split(/[\s/]+/).filter((word) => word.length > 1);
  if (words.length === 0) return [{ text, match: false }];
  // Longest first: of "work workflow", "workflow" is marked as a whole.
  const alternatives = words
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${alternatives.join('|')})`, 'giu');
  // Splitting by a captured group gives what is between and what matched, in turn.
  return text
    .split(pattern)
    .map((part, index) => ({ text: part, match: index % 2 === 1 }))
    .filter((segment) => segment.text !== '');
}

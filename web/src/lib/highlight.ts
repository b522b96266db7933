export interface Segment {
  text: string;
  match: boolean;
}

/**
 * Reads what the registry marked: HTML with `<b>` around the words that matched, which knows more than the question says (words that
 * mean the same, words written wrongly). It is read as a document and never put into the page: tags of any other kind count for nothing.
 */
export function readHighlight(html: string): Segment[] {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  return Array.from(body.childNodes, (node) => ({
    text: node.textContent ?? '',
    match: node.nodeName === 'B',
  }));
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

import { useState } from 'react';
import type { SearchHit } from '../api/registry';

/**
 * The categories to filter by: those of every result seen so far on this visit, and the one chosen. What is once
 * offered stays, so that the choice does not jump about while typing.
 */
export function useCategories(hits: SearchHit[], chosen: string): string[] {
  const [seen, setSeen] = useState<string[]>([]);
  const now = new Set(seen);
  for (const { category } of hits) if (category) now.add(category);
  if (chosen) now.add(chosen);
  if (now.size === seen.length) return seen;
  const sorted = [...now].sort((a, b) => a.localeCompare(b));
  setSeen(sorted);
  return sorted;
}

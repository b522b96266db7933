import { useCallback } from 'react';
import type { SearchHit, SearchPage } from '../api/registry';
import { useSurroundings } from '../surroundings';
import type { SearchState } from './searchState';
import { usePages, type Page, type Pages } from './usePages';

interface Found extends SearchPage, Page<SearchHit> {
  /** What was asked: while the next answer is on its way, the page still shows this one. */
  question: string;
}

export type Search = Pages<Found>;

/** Searches, page by page, for what the address says. */
export function useSearch({ q, category, sort }: SearchState): Search {
  const { registry } = useSurroundings();
  return usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await registry.search({ q, category, sort, cursor }, signal);
        return { ...page, items: page.hits, question: q };
      },
      [registry, q, category, sort],
    ),
  );
}

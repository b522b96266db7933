import { useCallback } from 'react';
import type { SearchHit, SearchPage } from '../api/registry';
import { useSurroundings } from '../surroundings';
import { readSearchState, writeSearchState, type SearchState } from './searchState';
import { usePages, type Page, type Pages } from './usePages';

export interface Found extends SearchPage, Page<SearchHit> {
  /** What was asked: while the next answer is on its way, the page still shows this one. */
  asked: SearchState;
}

export type Search = Pages<Found>;

/** Searches, page by page, for what the address says. */
export function useSearch(state: SearchState): Search {
  const { registry } = useSurroundings();
  // States that say the same are one question.
  const address = writeSearchState(state).toString();
  return usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const asked = readSearchState(new URLSearchParams(address));
        // Further pages have the same facets.
        const facets = cursor === undefined;
        const page = await registry.search({ ...asked, facets, cursor }, signal);
        return { ...page, items: page.hits, asked };
      },
      [registry, address],
    ),
  );
}

/** What the search page shows, as kept in its address. */
export interface SearchState {
  q: string;
  category: string;
  sort: Sort;
}

export const SORTS = ['relevance', 'updated', 'name'] as const;
export type Sort = (typeof SORTS)[number];

/** Longer questions are cut: no module is found by more, and addresses have limits. */
export const MAX_QUESTION_CHARS = 200;

export function readSearchState(params: URLSearchParams): SearchState {
  const sort = params.get('sort');
  return {
    q: normaliseQuestion(params.get('q') ?? ''),
    category: params.get('category') ?? '',
    sort: SORTS.find((known) => known === sort) ?? 'relevance',
  };
}

/** The shortest address for a state: what is as it would be anyway is left out. */
export function writeSearchState({ q, category, sort }: SearchState): URLSearchParams {
  const params = new URLSearchParams();
  const question = normaliseQuestion(q);
  if (question) params.set('q', question);
  if (category) params.set('category', category);
  if (sort !== 'relevance') params.set('sort', sort);
  return params;
}

export function normaliseQuestion(q: string): string {
  return q.trim().replace(/\s+/g, ' ').slice(0, MAX_QUESTION_CHARS);
}

/** What modules are told apart by, any number of whose values can be chosen: whoever chose several finds what has one of them. */
export const FACETS = ['category', 'tag', 'price', 'publisher'] as const;
export type Facet = (typeof FACETS)[number];
export type FilterKind = Facet | 'verified' | 'platform';

/** What is left out of the results. */
export interface Filters extends Record<Facet, string[]> {
  /** Whether the publisher is verified: `true`, `false`, or the empty string for either. */
  verified: string;
  /** The version of the platform that modules run on; the empty string for any. */
  platform: string;
}

export const NO_FILTERS: Filters = {
  category: [],
  tag: [],
  price: [],
  publisher: [],
  verified: '',
  platform: '',
};

/** What the search page shows, as kept in its address. */
export interface SearchState {
  q: string;
  filters: Filters;
  sort: Sort;
}

export const SORTS = ['relevance', 'new', 'updated', 'name'] as const;
export type Sort = (typeof SORTS)[number];

/** Longer questions are cut: no module is found by more, and addresses have limits. */
export const MAX_QUESTION_CHARS = 200;
/** As many values of one facet as the registry takes into account. */
const MAX_VALUES = 50;

/** A SemVer version with all its numbers, as the registry takes one. */
export const PLATFORM_VERSION = '\\d+\\.\\d+\\.\\d+([\\-+][0-9A-Za-z.+\\-]+)?';
const platformVersion = new RegExp(`^${PLATFORM_VERSION}$`);

export function readSearchState(params: URLSearchParams): SearchState {
  const sort = params.get('sort');
  const verified = params.get('verified') ?? '';
  const platform = params.get('platform') ?? '';
  const values = (facet: Facet) => readValues(params.getAll(facet));
  return {
    q: normaliseQuestion(params.get('q') ?? ''),
    filters: {
      category: values('category'),
      tag: values('tag'),
      price: values('price'),
      publisher: values('publisher'),
      verified: ['true', 'false'].includes(verified) ? verified : '',
      platform: platformVersion.test(platform) ? platform : '',
    },
    sort: SORTS.find((known) => known === sort) ?? 'relevance',
  };
}

/** Commas part values, as for the registry: no value can hold one. */
function readValues(given: string[]): string[] {
  const values = given.flatMap((list) => list.split(',')).map((value) => value.trim());
  return [...new Set(values)].filter(Boolean).slice(0, MAX_VALUES);
}

/** The shortest address for a state: what is as it would be anyway is left out. */
export function writeSearchState({ q, filters, sort }: SearchState): URLSearchParams {
  const params = new URLSearchParams();
  const question = normaliseQuestion(q);
  if (question) params.set('q', question);
  for (const { kind, value } of listFilters(filters)) params.append(kind, value);
  if (sort !== 'relevance') params.set('sort', sort);
  return params;
}

export function normaliseQuestion(q: string): string {
  return q.trim().replace(/\s+/g, ' ').slice(0, MAX_QUESTION_CHARS);
}

/** Each thing that was chosen. */
export function listFilters(filters: Filters): { kind: FilterKind; value: string }[] {
  return [
    ...FACETS.flatMap((kind) => filters[kind].map((value) => ({ kind, value }))),
    ...(['verified', 'platform'] as const)
      .map((kind) => ({ kind, value: filters[kind] }))
      .filter(({ value }) => value),
  ];
}

export function withoutFilter(filters: Filters, kind: FilterKind, value: string): Filters {
  return kind === 'verified' || kind === 'platform'
    ? { ...filters, [kind]: '' }
    : { ...filters, [kind]: filters[kind].filter((other) => other !== value) };
}

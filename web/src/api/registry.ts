import createClient from 'openapi-fetch';
import type { Filters, Sort } from '../lib/searchState';
import type { paths, components } from './schema';
import { Problem, toProblem } from './problem';

type Schemas = components['schemas'];
export type SearchHit = Schemas['SearchHit'];
export type SearchPage = Schemas['SearchPage'];
export type SearchFacets = Schemas['SearchFacets'];
export type FacetCount = Schemas['FacetCount'];
export type ModuleDetail = Schemas['Module'];
export type VersionSummary = Schemas['VersionSummary'];
export type VersionPage = Schemas['VersionPage'];
export type VersionDetail = Schemas['VersionDetail'];
export type Permission = Schemas['Permission'];
export type Deprecation = Schemas['Deprecation'];
export type AdvisorySummary = Schemas['AdvisorySummary'];
export type Advisory = Schemas['Advisory'];
export type Pricing = Schemas['Pricing'];
export type Screenshot = Schemas['Screenshot'];
export type ListingChanges = Schemas['ListingChanges'];
export type OtherModule = Schemas['OtherModule'];
export type DocumentationIndex = Schemas['DocumentationIndex'];
export type DocumentationPage = Schemas['DocumentationPage'];
export type NewReport = Schemas['NewReport'];

export interface ModuleId {
  namespace: string;
  name: string;
}

export interface SearchQuery {
  q: string;
  filters: Filters;
  /** Whether to say how many modules have which values. */
  facets?: boolean | undefined;
  sort?: Sort | undefined;
  cursor?: string | undefined;
}

/** What the pages ask of a registry. Every method rejects with a `Problem`, or with the signal's reason when aborted. */
export interface Registry {
  search: (query: SearchQuery, signal: AbortSignal) => Promise<SearchPage>;
  /** In the language of the page, where the module has it. */
  module: (id: ModuleId, language: string, signal: AbortSignal) => Promise<ModuleDetail>;
  versions: (id: ModuleId, cursor: string | undefined, signal: AbortSignal) => Promise<VersionPage>;
  version: (
    id: ModuleId,
    version: string,
    language: string,
    signal: AbortSignal,
  ) => Promise<VersionDetail>;
  documentation: (
    id: ModuleId,
    version: string,
    signal: AbortSignal,
  ) => Promise<DocumentationIndex>;
  documentationPage: (
    id: ModuleId,
    version: string,
    page: string,
    signal: AbortSignal,
  ) => Promise<DocumentationPage>;
  advisory: (id: string, signal: AbortSignal) => Promise<Advisory>;
  /** Tells the operators what is wrong with a module; with a session's token, for whoever is signed in. */
  report: (id: ModuleId, report: NewReport, csrf: string | undefined) => Promise<void>;
}

const PAGE_SIZE = 20;

/** A client for the registry at `baseUrl`; the empty string means the page's own origin. */
export function createRegistry(baseUrl: string): Registry {
  const client = createClient<paths>({ baseUrl: baseUrl || window.location.origin });
  return {
    search: ({ q, filters, facets, sort, cursor }, signal) =>
      unwrap(
        signal,
        client.GET('/api/v1/search', {
          params: {
            query: {
              q,
              limit: PAGE_SIZE,
              ...parameters(filters),
              ...(facets ? { facets } : {}),
              ...(sort ? { sort } : {}),
              ...(cursor ? { cursor } : {}),
            },
          },
          signal,
        }),
      ),
    module: (path, language, signal) =>
      unwrap(
        signal,
        client.GET('/api/v1/modules/{namespace}/{name}', {
          params: { path: { ...path }, query: { language } },
          signal,
        }),
      ),
    versions: (path, cursor, signal) =>
      unwrap(
        signal,
        client.GET('/api/v1/modules/{namespace}/{name}/versions', {
          params: { path: { ...path }, query: cursor ? { cursor } : {} },
          signal,
        }),
      ),
    version: (path, version, language, signal) =>
      unwrap(
        signal,
        client.GET('/api/v1/modules/{namespace}/{name}/versions/{version}', {
          params: { path: { ...path, version }, query: { language } },
          signal,
        }),
      ),
    documentation: (path, version, signal) =>
      unwrap(
        signal,
        client.GET('/api/v1/modules/{namespace}/{name}/versions/{version}/docs', {
          params: { path: { ...path, version } },
          signal,
        }),
      ),
    documentationPage: (path, version, page, signal) =>
      unwrap(
        signal,
        client.GET('/api/v1/modules/{namespace}/{name}/versions/{version}/docs/{page}', {
          params: { path: { ...path, version, page } },
          // A page in a folder keeps its slashes.
          pathSerializer: (address, values) =>
            address.replace(/\{(\w+)\}/g, (_, key: string) =>
              String(values[key]).split('/').map(encodeURIComponent).join('/'),
            ),
          signal,
        }),
      ),
    advisory: (id, signal) =>
      unwrap(signal, client.GET('/api/v1/advisories/{id}', { params: { path: { id } }, signal })),
    report: async (path, body, csrf) => {
      await unwrap(
        new AbortController().signal,
        client.POST('/api/v1/modules/{namespace}/{name}/report', {
          params: { path: { ...path } },
          body,
          ...(csrf ? { headers: { 'X-CSRF-Token': csrf } } : {}),
        }),
      );
    },
  };
}

/** What filters are as parameters: values parted by commas, and nothing of what was not chosen. */
function parameters({ verified, platform, ...facets }: Filters) {
  const lists = Object.entries(facets)
    .filter(([, values]) => values.length > 0)
    .map(([facet, values]) => [facet, values.join(',')] as const);
  return {
    ...Object.fromEntries(lists),
    ...(verified ? { verified: verified === 'true' } : {}),
    ...(platform ? { platform } : {}),
  };
}

/** As much of the client's answers as matters here. */
interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

async function unwrap<T>(signal: AbortSignal, answer: Promise<Answer<T>>): Promise<T> {
  let settled: Answer<T>;
  try {
    settled = await answer;
  } catch (cause) {
    signal.throwIfAborted();
    // `fetch` rejects only when there was no answer; a body that is no JSON rejects here as well.
    if (cause instanceof SyntaxError) throw new Problem(502, '');
    throw new Problem(0, '');
  }
  if (settled.data === undefined) throw toProblem(settled.response.status, settled.error);
  return settled.data;
}

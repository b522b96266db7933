import createClient from 'openapi-fetch';
import { data, nothing, withToken } from './answer';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Submission = Schemas['Submission'];
export type SubmissionState = Schemas['SubmissionState'];
export type SubmissionList = Schemas['SubmissionList'];
export type SubmissionDetail = Schemas['SubmissionDetail'];
export type SubmissionEvent = Schemas['SubmissionEvent'];
export type SubmissionDiff = Schemas['SubmissionDiff'];
export type FileDiff = Schemas['FileDiff'];
export type Listed = Schemas['Listed'];
export type Finding = Schemas['Finding'];
export type CheckSeverity = Schemas['CheckSeverity'];
export type ReviewCause = Schemas['ReviewCause'];
export type PublisherStanding = Schemas['PublisherStanding'];

/** What the pages of versions that were sent ask of their own registry. Every method rejects with a `Problem`. */
export interface Submissions {
  /** For operators, the oldest first; those that wait, unless a state is asked for; for one cause, if one is asked for. */
  queue: (
    state: SubmissionState | undefined,
    cause: ReviewCause | undefined,
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<SubmissionList>;
  /** Of a namespace, the newest first; in one state, if one is asked for. */
  ofPublisher: (
    namespace: string,
    state: SubmissionState | undefined,
    before: string | undefined,
    signal: AbortSignal,
  ) => Promise<SubmissionList>;
  submission: (id: string, signal: AbortSignal) => Promise<SubmissionDetail>;
  diff: (id: string, signal: AbortSignal) => Promise<SubmissionDiff>;
  comment: (csrf: string, id: string, text: string) => Promise<void>;
  withdraw: (csrf: string, id: string) => Promise<void>;
  /** As an owner of its namespace. */
  confirm: (csrf: string, id: string) => Promise<void>;
  ask: (csrf: string, id: string, text: string) => Promise<void>;
  /** With a word to the publisher, if there is one to say. */
  approve: (csrf: string, id: string, reason: string) => Promise<void>;
  reject: (csrf: string, id: string, reason: string) => Promise<void>;
  standing: (namespace: string, signal: AbortSignal) => Promise<PublisherStanding>;
  setStanding: (csrf: string, namespace: string, body: Schemas['NewStanding']) => Promise<void>;
  removeStanding: (csrf: string, namespace: string) => Promise<void>;
}

/** Where an operator downloads what was sent, as long as it is kept. */
export const packageOf = (id: string) => `/api/v1/submissions/${encodeURIComponent(id)}/package`;

/** A client for the registry that the page came from: its cookie goes nowhere else. */
export function createSubmissions(): Submissions {
  const client = createClient<paths>({ baseUrl: window.location.origin });
  const of = (id: string) => ({ params: { path: { id } } });
  const from = (namespace: string) => ({ params: { path: { namespace } } });
  return {
    queue: (state, cause, after, signal) =>
      data(
        client.GET('/api/v1/submissions', {
          params: {
            query: {
              ...(state ? { state } : {}),
              ...(cause ? { cause } : {}),
              ...(after ? { after } : {}),
            },
          },
          signal,
        }),
      ),
    ofPublisher: (namespace, state, before, signal) =>
      data(
        client.GET('/api/v1/publishers/{namespace}/submissions', {
          params: {
            path: { namespace },
            query: { ...(state ? { state } : {}), ...(before ? { before } : {}) },
          },
          signal,
        }),
      ),
    submission: (id, signal) => data(client.GET('/api/v1/submissions/{id}', { ...of(id), signal })),
    diff: (id, signal) => data(client.GET('/api/v1/submissions/{id}/diff', { ...of(id), signal })),
    comment: (csrf, id, text) =>
      nothing(
        client.POST('/api/v1/submissions/{id}/comments', {
          ...of(id),
          body: { text },
          ...withToken(csrf),
        }),
      ),
    withdraw: (csrf, id) =>
      nothing(client.POST('/api/v1/submissions/{id}/withdraw', { ...of(id), ...withToken(csrf) })),
    confirm: (csrf, id) =>
      nothing(client.POST('/api/v1/submissions/{id}/confirm', { ...of(id), ...withToken(csrf) })),
    ask: (csrf, id, text) =>
      nothing(
        client.POST('/api/v1/submissions/{id}/ask', {
          ...of(id),
          body: { text },
          ...withToken(csrf),
        }),
      ),
    approve: (csrf, id, reason) =>
      nothing(
        client.POST('/api/v1/submissions/{id}/approve', {
          ...of(id),
          body: reason ? { reason } : {},
          ...withToken(csrf),
        }),
      ),
    reject: (csrf, id, reason) =>
      nothing(
        client.POST('/api/v1/submissions/{id}/reject', {
          ...of(id),
          body: { reason },
          ...withToken(csrf),
        }),
      ),
    standing: (namespace, signal) =>
      data(client.GET('/api/v1/publishers/{namespace}/review', { ...from(namespace), signal })),
    setStanding: (csrf, namespace, body) =>
      nothing(
        client.PUT('/api/v1/publishers/{namespace}/review', {
          ...from(namespace),
          body,
          ...withToken(csrf),
        }),
      ),
    removeStanding: (csrf, namespace) =>
      nothing(
        client.DELETE('/api/v1/publishers/{namespace}/review', {
          ...from(namespace),
          ...withToken(csrf),
        }),
      ),
  };
}

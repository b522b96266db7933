import createClient from 'openapi-fetch';
import { data, withToken } from './answer';
import type { components, paths } from './schema';
import { whole } from './whole';

type Schemas = components['schemas'];
export type Report = Schemas['Report'];
export type ReportState = Schemas['ReportState'];
export type ReportAct = Schemas['ReportAct'];
export type ReportedModule = Schemas['ReportedModule'];
export type Appeal = Schemas['Appeal'];
export type AppealKind = Schemas['AppealKind'];
export type AppealState = Schemas['AppealState'];
export type NewAppeal = Schemas['NewAppeal'];
export type NewAccountAppeal = Schemas['NewAccountAppeal'];
export type Contact = Schemas['Contact'];
export type HeldName = Schemas['HeldName'];
export type HeldNameState = Schemas['HeldNameState'];
export type ListedAccount = Schemas['ListedAccount'];
export type AccountState = Schemas['AccountState'];
export type Likeness = Schemas['Likeness'];

/** What the pages about reports, appeals, held names and accounts ask of their own registry. Every method rejects with a `Problem`. */
export interface Moderation {
  /** For operators: those that reports wait about, the ones with most of them first. */
  reportedModules: (
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<Schemas['ReportedModuleList']>;
  /** For operators, of a module, the oldest first; those that wait, unless a state is asked for. */
  reports: (
    module: string,
    state: ReportState | undefined,
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<Schemas['ReportList']>;
  /** What is chosen is done in the same act. */
  confirm: (csrf: string, id: string, body: Schemas['ReportConfirmation']) => Promise<Report>;
  dismiss: (csrf: string, id: string, body: Schemas['ReportDismissal']) => Promise<Report>;
  /** For operators, the oldest first; those that wait, unless a state is asked for. */
  appeals: (
    state: AppealState | undefined,
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<Schemas['AppealList']>;
  /** Undoes what the appeal is about. */
  grant: (csrf: string, id: string, reason: string) => Promise<Appeal>;
  deny: (csrf: string, id: string, reason: string) => Promise<Appeal>;
  /** Of a namespace, the newest first. */
  appealsOf: (
    namespace: string,
    before: string | undefined,
    signal: AbortSignal,
  ) => Promise<Schemas['AppealList']>;
  appeal: (csrf: string, namespace: string, body: NewAppeal) => Promise<Appeal>;
  /** Those for namespaces of whoever is signed in, the newest first. */
  ownAppeals: (signal: AbortSignal) => Promise<Appeal[]>;
  /** For a namespace that whoever is signed in asked for, once it was refused. */
  appealForNamespace: (csrf: string, body: NewAccountAppeal) => Promise<Appeal>;
  /** For operators, in the order they were asked for; those that wait, unless a state is asked for. */
  heldNames: (
    state: HeldNameState | undefined,
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<Schemas['HeldNameList']>;
  allowName: (csrf: string, id: string) => Promise<HeldName>;
  refuseName: (csrf: string, id: string, reason: string) => Promise<HeldName>;
  /** Of a namespace's modules, the newest first. */
  heldNamesOf: (namespace: string, signal: AbortSignal) => Promise<HeldName[]>;
  /** For operators, in the order they were made; those whose name or address begins so, where that is asked for. */
  accounts: (
    begins: string,
    state: AccountState | undefined,
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<Schemas['ListedAccountList']>;
  disableAccount: (csrf: string, id: string, reason: string) => Promise<ListedAccount>;
  enableAccount: (csrf: string, id: string) => Promise<ListedAccount>;
}

/** A client for the registry that the page came from: its cookie goes nowhere else. */
export function createModeration(): Moderation {
  const client = createClient<paths>({ baseUrl: window.location.origin });
  const of = (id: string) => ({ params: { path: { id } } });
  const from = (namespace: string) => ({ params: { path: { namespace } } });
  return {
    reportedModules: (after, signal) =>
      data(
        client.GET('/api/v1/reports/modules', {
          params: { query: after ? { after } : {} },
          signal,
        }),
      ),
    reports: (module, state, after, signal) =>
      data(
        client.GET('/api/v1/reports', {
          params: {
            query: { module, ...(state ? { state } : {}), ...(after ? { after } : {}) },
          },
          signal,
        }),
      ),
    confirm: (csrf, id, body) =>
      data(client.POST('/api/v1/reports/{id}/confirm', { ...of(id), body, ...withToken(csrf) })),
    dismiss: (csrf, id, body) =>
      data(client.POST('/api/v1/reports/{id}/dismiss', { ...of(id), body, ...withToken(csrf) })),
    appeals: (state, after, signal) =>
      data(
        client.GET('/api/v1/appeals', {
          params: { query: { ...(state ? { state } : {}), ...(after ? { after } : {}) } },
          signal,
        }),
      ),
    grant: (csrf, id, reason) =>
      data(
        client.POST('/api/v1/appeals/{id}/grant', {
          ...of(id),
          body: { reason },
          ...withToken(csrf),
        }),
      ),
    deny: (csrf, id, reason) =>
      data(
        client.POST('/api/v1/appeals/{id}/deny', {
          ...of(id),
          body: { reason },
          ...withToken(csrf),
        }),
      ),
    appealsOf: (namespace, before, signal) =>
      data(
        client.GET('/api/v1/publishers/{namespace}/appeals', {
          params: { path: { namespace }, query: before ? { before } : {} },
          signal,
        }),
      ),
    appeal: (csrf, namespace, body) =>
      data(
        client.POST('/api/v1/publishers/{namespace}/appeals', {
          ...from(namespace),
          body,
          ...withToken(csrf),
        }),
      ),
    ownAppeals: (signal) =>
      whole(
        (before) =>
          data(
            client.GET('/api/v1/account/appeals', {
              params: { query: before ? { before } : {} },
              signal,
            }),
          ),
        ({ appeals }) => appeals,
      ),
    appealForNamespace: (csrf, body) =>
      data(client.POST('/api/v1/account/appeals', { body, ...withToken(csrf) })),
    heldNames: (state, after, signal) =>
      data(
        client.GET('/api/v1/names/held', {
          params: { query: { ...(state ? { state } : {}), ...(after ? { after } : {}) } },
          signal,
        }),
      ),
    allowName: (csrf, id) =>
      data(client.POST('/api/v1/names/held/{id}/allow', { ...of(id), ...withToken(csrf) })),
    refuseName: (csrf, id, reason) =>
      data(
        client.POST('/api/v1/names/held/{id}/refuse', {
          ...of(id),
          body: { reason },
          ...withToken(csrf),
        }),
      ),
    heldNamesOf: (namespace, signal) =>
      whole(
        (before) =>
          data(
            client.GET('/api/v1/publishers/{namespace}/names', {
              params: { path: { namespace }, query: before ? { before } : {} },
              signal,
            }),
          ),
        ({ names }) => names,
      ),
    accounts: (begins, state, after, signal) =>
      data(
        client.GET('/api/v1/accounts', {
          params: {
            query: {
              ...(begins ? { q: begins } : {}),
              ...(state ? { state } : {}),
              ...(after ? { after } : {}),
            },
          },
          signal,
        }),
      ),
    disableAccount: (csrf, id, reason) =>
      data(
        client.POST('/api/v1/accounts/{id}/disable', {
          ...of(id),
          body: { reason },
          ...withToken(csrf),
        }),
      ),
    enableAccount: (csrf, id) =>
      data(client.POST('/api/v1/accounts/{id}/enable', { ...of(id), ...withToken(csrf) })),
  };
}

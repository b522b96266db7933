import createClient from 'openapi-fetch';
import { data, nothing, withToken } from './answer';
import { Problem } from './problem';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type TrustedPublisher = Schemas['TrustedPublisher'];
export type NewTrustedPublisher = Schemas['NewTrustedPublisher'];
export type WorkflowProvider = Schemas['WorkflowProvider'];
export type PublishingRules = Schemas['PublishingRules'];
export type PublishingSwitch = Schemas['PublishingSwitch'];
export type Domain = Schemas['Domain'];
export type Token = Schemas['Token'];
export type NewToken = Schemas['NewToken'];
export type Scope = Schemas['Scope'];
export type Proposal = Schemas['Proposal'];

/** What the page about who may publish asks of its own registry. Every method rejects with a `Problem`. */
export interface Publishing {
  trusted: (namespace: string, signal: AbortSignal) => Promise<TrustedPublisher[]>;
  /** Gives the proposal, which is done where one owner is enough. */
  trust: (csrf: string, namespace: string, body: NewTrustedPublisher) => Promise<Proposal>;
  distrust: (csrf: string, namespace: string, id: string) => Promise<void>;
  tokens: (namespace: string, signal: AbortSignal) => Promise<Token[]>;
  /** Gives its secret, which is shown this once. */
  makeToken: (csrf: string, namespace: string, body: NewToken) => Promise<string>;
  revokeToken: (csrf: string, namespace: string, id: string) => Promise<void>;
  rules: (namespace: string, signal: AbortSignal) => Promise<PublishingRules>;
  turnOn: (csrf: string, namespace: string, rule: PublishingSwitch) => Promise<void>;
  /** Gives the proposal: it is done days later at the earliest. */
  turnOff: (csrf: string, namespace: string, rule: PublishingSwitch) => Promise<Proposal>;
  /** Nothing if nobody has named one. */
  domain: (namespace: string, signal: AbortSignal) => Promise<Domain | undefined>;
  askForDomain: (csrf: string, namespace: string, domain: string) => Promise<void>;
  verifyDomain: (csrf: string, namespace: string) => Promise<void>;
  forgetDomain: (csrf: string, namespace: string) => Promise<void>;
}

/** A client for the registry that the page came from: its cookie goes nowhere else. */
export function createPublishing(): Publishing {
  const client = createClient<paths>({ baseUrl: window.location.origin });
  const of = (namespace: string) => ({ params: { path: { namespace } } });
  return {
    trusted: async (namespace, signal) =>
      (
        await data(
          client.GET('/api/v1/publishers/{namespace}/trusted-publishers', {
            ...of(namespace),
            signal,
          }),
        )
      ).trusted_publishers,
    trust: (csrf, namespace, body) =>
      data(
        client.POST('/api/v1/publishers/{namespace}/trusted-publishers', {
          ...of(namespace),
          body,
          ...withToken(csrf),
        }),
      ),
    distrust: (csrf, namespace, id) =>
      nothing(
        client.DELETE('/api/v1/publishers/{namespace}/trusted-publishers/{id}', {
          params: { path: { namespace, id } },
          ...withToken(csrf),
        }),
      ),
    tokens: async (namespace, signal) =>
      (
        await data(
          client.GET('/api/v1/publishers/{namespace}/tokens', { ...of(namespace), signal }),
        )
      ).tokens,
    makeToken: async (csrf, namespace, body) =>
      (
        await data(
          client.POST('/api/v1/publishers/{namespace}/tokens', {
            ...of(namespace),
            body,
            ...withToken(csrf),
          }),
        )
      ).secret,
    revokeToken: (csrf, namespace, id) =>
      nothing(
        client.DELETE('/api/v1/publishers/{namespace}/tokens/{id}', {
          params: { path: { namespace, id } },
          ...withToken(csrf),
        }),
      ),
    rules: (namespace, signal) =>
      data(client.GET('/api/v1/publishers/{namespace}/publishing', { ...of(namespace), signal })),
    turnOn: (csrf, namespace, rule) =>
      nothing(
        client.POST('/api/v1/publishers/{namespace}/publishing/{switch}', {
          params: { path: { namespace, switch: rule } },
          ...withToken(csrf),
        }),
      ),
    turnOff: (csrf, namespace, rule) =>
      data(
        client.DELETE('/api/v1/publishers/{namespace}/publishing/{switch}', {
          params: { path: { namespace, switch: rule } },
          ...withToken(csrf),
        }),
      ),
    domain: async (namespace, signal) => {
      const asked = client.GET('/api/v1/publishers/{namespace}/domain', {
        ...of(namespace),
        signal,
      });
      try {
        return await data(asked);
      } catch (problem) {
        if (problem instanceof Problem && problem.status === 404) return undefined;
        throw problem;
      }
    },
    askForDomain: (csrf, namespace, domain) =>
      nothing(
        client.PUT('/api/v1/publishers/{namespace}/domain', {
          ...of(namespace),
          body: { domain },
          ...withToken(csrf),
        }),
      ),
    verifyDomain: (csrf, namespace) =>
      nothing(
        client.POST('/api/v1/publishers/{namespace}/domain/verify', {
          ...of(namespace),
          ...withToken(csrf),
        }),
      ),
    forgetDomain: (csrf, namespace) =>
      nothing(
        client.DELETE('/api/v1/publishers/{namespace}/domain', {
          ...of(namespace),
          ...withToken(csrf),
        }),
      ),
  };
}

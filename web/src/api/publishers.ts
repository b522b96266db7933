import createClient from 'openapi-fetch';
import { data, nothing, withToken } from './answer';
import { Problem } from './problem';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Publisher = Schemas['Publisher'];
export type PublisherKind = Schemas['PublisherKind'];
export type KeyPurpose = Schemas['KeyPurpose'];
export type PublisherKey = Schemas['PublisherKey'];
export type NewPublisher = Schemas['NewPublisher'];
export type PublisherCreated = Schemas['PublisherCreated'];
export type Quota = Schemas['Quota'];
export type Member = Schemas['Member'];
export type NewMember = Schemas['NewMember'];
export type Role = Schemas['Role'];
export type OwnerList = Schemas['OwnerList'];
export type Proposal = Schemas['Proposal'];
export type ProposedAction = Schemas['ProposedAction'];
export type Transfer = Schemas['Transfer'];

/** What the pages on which a person runs a publisher ask of their own registry. Every method rejects with a `Problem`. */
export interface Publishers {
  /** Gives its first token besides, which is shown this once. */
  create: (csrf: string, body: NewPublisher) => Promise<PublisherCreated>;
  publisher: (namespace: string, signal: AbortSignal) => Promise<Publisher>;
  changeDisplayName: (csrf: string, namespace: string, name: string) => Promise<void>;
  makeOrganisation: (csrf: string, namespace: string) => Promise<void>;
  quota: (namespace: string, signal: AbortSignal) => Promise<Quota>;
  members: (namespace: string, signal: AbortSignal) => Promise<Member[]>;
  invite: (csrf: string, namespace: string, body: NewMember) => Promise<void>;
  changeRole: (csrf: string, namespace: string, member: string, role: Role) => Promise<void>;
  remove: (csrf: string, namespace: string, member: string) => Promise<void>;
  /** How many owners there are, and how many of them must approve. */
  owners: (namespace: string, signal: AbortSignal) => Promise<OwnerList>;
  /** The last one opened first; those that have ended too. */
  proposals: (namespace: string, signal: AbortSignal) => Promise<Proposal[]>;
  /** Gives the proposal, which is done where one owner is enough. */
  propose: (csrf: string, namespace: string, action: ProposedAction) => Promise<Proposal>;
  approve: (csrf: string, namespace: string, proposal: string) => Promise<Proposal>;
  cancel: (csrf: string, namespace: string, proposal: string) => Promise<void>;
  /** Nothing if it is offered to nobody. */
  transfer: (namespace: string, signal: AbortSignal) => Promise<Transfer | undefined>;
  withdrawTransfer: (csrf: string, namespace: string) => Promise<void>;
}

/** A client for the registry that the page came from: its cookie goes nowhere else. */
export function createPublishers(): Publishers {
  const client = createClient<paths>({ baseUrl: window.location.origin });
  const of = (namespace: string) => ({ params: { path: { namespace } } });
  const one = (namespace: string, id: string) => ({ params: { path: { namespace, id } } });
  return {
    create: (csrf, body) => data(client.POST('/api/v1/publishers', { body, ...withToken(csrf) })),
    publisher: (namespace, signal) =>
      data(client.GET('/api/v1/publishers/{namespace}', { ...of(namespace), signal })),
    changeDisplayName: (csrf, namespace, display_name) =>
      nothing(
        client.PUT('/api/v1/publishers/{namespace}/display-name', {
          ...of(namespace),
          body: { display_name },
          ...withToken(csrf),
        }),
      ),
    makeOrganisation: (csrf, namespace) =>
      nothing(
        client.POST('/api/v1/publishers/{namespace}/organisation', {
          ...of(namespace),
          ...withToken(csrf),
        }),
      ),
    quota: (namespace, signal) =>
      data(client.GET('/api/v1/publishers/{namespace}/quota', { ...of(namespace), signal })),
    members: async (namespace, signal) =>
      (
        await data(
          client.GET('/api/v1/publishers/{namespace}/members', { ...of(namespace), signal }),
        )
      ).members,
    invite: (csrf, namespace, body) =>
      nothing(
        client.POST('/api/v1/publishers/{namespace}/members', {
          ...of(namespace),
          body,
          ...withToken(csrf),
        }),
      ),
    changeRole: (csrf, namespace, member, role) =>
      nothing(
        client.PUT('/api/v1/publishers/{namespace}/members/{id}/role', {
          ...one(namespace, member),
          body: { role },
          ...withToken(csrf),
        }),
      ),
    remove: (csrf, namespace, member) =>
      nothing(
        client.DELETE('/api/v1/publishers/{namespace}/members/{id}', {
          ...one(namespace, member),
          ...withToken(csrf),
        }),
      ),
    owners: (namespace, signal) =>
      data(client.GET('/api/v1/publishers/{namespace}/owners', { ...of(namespace), signal })),
    proposals: async (namespace, signal) =>
      (
        await data(
          client.GET('/api/v1/publishers/{namespace}/proposals', { ...of(namespace), signal }),
        )
      ).proposals,
    propose: (csrf, namespace, action) =>
      data(
        client.POST('/api/v1/publishers/{namespace}/proposals', {
          ...of(namespace),
          body: { action },
          ...withToken(csrf),
        }),
      ),
    approve: (csrf, namespace, proposal) =>
      data(
        client.POST('/api/v1/publishers/{namespace}/proposals/{id}/approve', {
          ...one(namespace, proposal),
          ...withToken(csrf),
        }),
      ),
    cancel: (csrf, namespace, proposal) =>
      nothing(
        client.POST('/api/v1/publishers/{namespace}/proposals/{id}/cancel', {
          ...one(namespace, proposal),
          ...withToken(csrf),
        }),
      ),
    transfer: async (namespace, signal) => {
      const asked = client.GET('/api/v1/publishers/{namespace}/transfer', {
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
    withdrawTransfer: (csrf, namespace) =>
      nothing(
        client.DELETE('/api/v1/publishers/{namespace}/transfer', {
          ...of(namespace),
          ...withToken(csrf),
        }),
      ),
  };
}

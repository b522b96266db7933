import createClient from 'openapi-fetch';
import { data, nothing, withToken } from './answer';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Webhook = Schemas['Webhook'];
export type NewWebhook = Schemas['NewWebhook'];
export type WebhookChange = Schemas['WebhookChange'];
export type WebhookCreated = Schemas['WebhookCreated'];
export type Delivery = Schemas['Delivery'];
export type DeliveryList = Schemas['DeliveryList'];
export type DeliveryState = Schemas['DeliveryState'];

/** What the page of a publisher's webhooks asks of its own registry. Every method rejects with a `Problem`. */
export interface Webhooks {
  list: (namespace: string, signal: AbortSignal) => Promise<Webhook[]>;
  /** Gives its secret besides, which is shown this once. */
  add: (csrf: string, body: NewWebhook) => Promise<WebhookCreated>;
  change: (csrf: string, id: string, body: WebhookChange) => Promise<void>;
  remove: (csrf: string, id: string) => Promise<void>;
  ping: (csrf: string, id: string) => Promise<void>;
  /** Gives another secret, which is shown this once. */
  rotate: (csrf: string, id: string) => Promise<WebhookCreated>;
  /** The newest first. */
  deliveries: (
    id: string,
    before: string | undefined,
    signal: AbortSignal,
  ) => Promise<DeliveryList>;
  replay: (csrf: string, id: string, delivery: string) => Promise<void>;
}

/** A client for the registry that the page came from: its cookie goes nowhere else. */
export function createWebhooks(): Webhooks {
  const client = createClient<paths>({ baseUrl: window.location.origin });
  const one = (id: string) => ({ params: { path: { id } } });
  return {
    list: async (namespace, signal) =>
      (await data(client.GET('/api/v1/webhooks', { params: { query: { namespace } }, signal })))
        .webhooks,
    add: (csrf, body) => data(client.POST('/api/v1/webhooks', { body, ...withToken(csrf) })),
    change: (csrf, id, body) =>
      nothing(client.PUT('/api/v1/webhooks/{id}', { ...one(id), body, ...withToken(csrf) })),
    remove: (csrf, id) =>
      nothing(client.DELETE('/api/v1/webhooks/{id}', { ...one(id), ...withToken(csrf) })),
    ping: (csrf, id) =>
      nothing(client.POST('/api/v1/webhooks/{id}/ping', { ...one(id), ...withToken(csrf) })),
    rotate: (csrf, id) =>
      data(client.POST('/api/v1/webhooks/{id}/secret', { ...one(id), ...withToken(csrf) })),
    deliveries: (id, before, signal) =>
      data(
        client.GET('/api/v1/webhooks/{id}/deliveries', {
          params: { path: { id }, query: before ? { before } : {} },
          signal,
        }),
      ),
    replay: (csrf, id, delivery) =>
      nothing(
        client.POST('/api/v1/webhooks/{id}/replay', {
          ...one(id),
          body: { delivery },
          ...withToken(csrf),
        }),
      ),
  };
}

import createClient from 'openapi-fetch';
import { data, withToken } from './answer';
import { Problem } from './problem';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Money = Schemas['Money'];
export type Amount = Schemas['Amount'];
export type Tenant = Schemas['Tenant'];
export type NewTenant = Schemas['NewTenant'];
export type TenantChange = Schemas['TenantChange'];
export type NewOrder = Schemas['NewOrder'];
export type OrderQuote = Schemas['OrderQuote'];
export type PriceLine = Schemas['PriceLine'];
export type Order = Schemas['Order'];
export type OrderDetail = Schemas['OrderDetail'];
export type OrderEvent = Schemas['OrderEvent'];
export type OrderList = Schemas['OrderList'];
export type Entitlement = Schemas['Entitlement'];
export type Invoice = Schemas['Invoice'];
export type Statement = Schemas['Statement'];
export type StatementLine = Schemas['StatementLine'];
export type Coupon = Schemas['Coupon'];
export type NewCoupon = Schemas['NewCoupon'];

/** What the pages about buying and selling ask of their own registry. Every method rejects with a `Problem`. */
export interface Market {
  /** The own ones, and those of organisations. */
  tenants: (signal: AbortSignal) => Promise<Tenant[]>;
  tenant: (name: string, signal: AbortSignal) => Promise<Tenant>;
  registerTenant: (csrf: string, body: NewTenant) => Promise<Tenant>;
  changeTenant: (csrf: string, name: string, body: TenantChange) => Promise<Tenant>;
  /** What an order would cost; nothing is written. */
  quote: (csrf: string, body: NewOrder, signal?: AbortSignal) => Promise<OrderQuote>;
  /** The same order under the same key is the same order. */
  order: (csrf: string, key: string, body: NewOrder) => Promise<Order>;
  /** The last one first. */
  ordersOf: (tenant: string, before: string | undefined, signal: AbortSignal) => Promise<OrderList>;
  /** For operators: those of a state, in the order they were placed. */
  ordersIn: (state: string, after: string | undefined, signal: AbortSignal) => Promise<OrderList>;
  orderDetail: (id: string, signal: AbortSignal) => Promise<OrderDetail>;
  approve: (csrf: string, id: string) => Promise<OrderDetail>;
  refuse: (csrf: string, id: string, reason: string) => Promise<OrderDetail>;
  cancel: (csrf: string, id: string) => Promise<OrderDetail>;
  /** The address of the page on which the card is changed that an order is paid with. */
  card: (csrf: string, id: string) => Promise<string>;
  /** For operators: what the bank says. */
  notePaid: (csrf: string, id: string, reference: string) => Promise<OrderDetail>;
  /** What a tenant may use, or might, the last one first. */
  licences: (tenant: string, signal: AbortSignal) => Promise<Entitlement[]>;
  invoice: (number: string, signal: AbortSignal) => Promise<Invoice>;
  statementOf: (
    tenant: string,
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<Statement>;
  /** Whether whoever asks sees what is about a tenant's money. */
  seesMoneyOf: (tenant: string, signal: AbortSignal) => Promise<boolean>;
  sales: (namespace: string, after: string | undefined, signal: AbortSignal) => Promise<Statement>;
  coupons: (namespace: string, signal: AbortSignal) => Promise<Coupon[]>;
  createCoupon: (csrf: string, namespace: string, body: NewCoupon) => Promise<Coupon>;
}

/** A client for the registry that the page came from: its cookie goes nowhere else. */
export function createMarket(): Market {
  const client = createClient<paths>({ baseUrl: window.location.origin });
  const one = (id: string) => ({ params: { path: { id } } });
  const statementOf: Market['statementOf'] = (tenant, after, signal) =>
    data(
      client.GET('/api/v1/tenants/{tenant}/statement', {
        params: { path: { tenant }, query: after ? { after } : {} },
        signal,
      }),
    );
  return {
    tenants: async (signal) => (await data(client.GET('/api/v1/tenants', { signal }))).tenants,
    tenant: (tenant, signal) =>
      data(client.GET('/api/v1/tenants/{tenant}', { params: { path: { tenant } }, signal })),
    registerTenant: (csrf, body) =>
      data(client.POST('/api/v1/tenants', { body, ...withToken(csrf) })),
    changeTenant: (csrf, tenant, body) =>
      data(
        client.PUT('/api/v1/tenants/{tenant}', {
          params: { path: { tenant } },
          body,
          ...withToken(csrf),
        }),
      ),
    quote: (csrf, body, signal) =>
      data(
        client.POST('/api/v1/quotes', { body, ...withToken(csrf), ...(signal ? { signal } : {}) }),
      ),
    order: (csrf, key, body) =>
      data(
        client.POST('/api/v1/orders', {
          params: { header: { 'Idempotency-Key': key } },
          body,
          ...withToken(csrf),
        }),
      ),
    ordersOf: (tenant, before, signal) =>
      data(
        client.GET('/api/v1/tenants/{tenant}/orders', {
          params: { path: { tenant }, query: before ? { before } : {} },
          signal,
        }),
      ),
    ordersIn: (state, after, signal) =>
      data(
        client.GET('/api/v1/orders', {
          params: { query: { state, ...(after ? { after } : {}) } },
          signal,
        }),
      ),
    orderDetail: (id, signal) => data(client.GET('/api/v1/orders/{id}', { ...one(id), signal })),
    approve: (csrf, id) =>
      data(client.POST('/api/v1/orders/{id}/approve', { ...one(id), ...withToken(csrf) })),
    refuse: (csrf, id, reason) =>
      data(
        client.POST('/api/v1/orders/{id}/refuse', {
          ...one(id),
          body: { reason },
          ...withToken(csrf),
        }),
      ),
    cancel: (csrf, id) =>
      data(client.POST('/api/v1/orders/{id}/cancel', { ...one(id), ...withToken(csrf) })),
    card: async (csrf, id) =>
      (await data(client.POST('/api/v1/orders/{id}/card', { ...one(id), ...withToken(csrf) })))
        .page,
    notePaid: (csrf, id, reference) =>
      data(
        client.POST('/api/v1/orders/{id}/paid', {
          ...one(id),
          body: { reference },
          ...withToken(csrf),
        }),
      ),
    licences: async (tenant, signal) =>
      (
        await data(
          client.GET('/api/v1/tenants/{tenant}/licences', { params: { path: { tenant } }, signal }),
        )
      ).licences,
    invoice: (invoice, signal) =>
      data(client.GET('/api/v1/invoices/{invoice}', { params: { path: { invoice } }, signal })),
    statementOf,
    seesMoneyOf: async (tenant, signal) => {
      try {
        await statementOf(tenant, undefined, signal);
        return true;
      } catch (problem) {
        if (problem instanceof Problem && problem.status === 403) return false;
        throw problem;
      }
    },
    sales: (namespace, after, signal) =>
      data(
        client.GET('/api/v1/publishers/{namespace}/statement', {
          params: { path: { namespace }, query: after ? { after } : {} },
          signal,
        }),
      ),
    coupons: async (namespace, signal) =>
      (
        await data(
          client.GET('/api/v1/publishers/{namespace}/coupons', {
            params: { path: { namespace } },
            signal,
          }),
        )
      ).coupons,
    createCoupon: (csrf, namespace, body) =>
      data(
        client.POST('/api/v1/publishers/{namespace}/coupons', {
          params: { path: { namespace } },
          body,
          ...withToken(csrf),
        }),
      ),
  };
}

import { userEvent } from '@testing-library/user-event';
import { vi } from 'vitest';
import { modules } from '../../fixtures/catalogue';
import { acmeOffice, MarketFixture, type KeptMarket } from '../../fixtures/market';
import { ada } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { acme, PublishersFixture } from '../../fixtures/publishers';
import type { Given } from '../../fixtures/submissions';
import type { SessionState } from '../api/accounts';
import type { ModuleDetail } from '../api/registry';
import { renderSite } from '../testing';

/** What was asked of the registry to change something, or for a quote. */
export interface Asked {
  method: string;
  path: string;
  headers: Headers;
  body: Record<string, unknown>;
}

interface Played {
  kept?: KeptMarket;
  session?: SessionState;
  /** In place of the fixture's answer, where it gives one. */
  instead?: (method: string, path: string) => Given | undefined;
  /** What the catalogue's modules are to be. */
  change?: (module: ModuleDetail) => ModuleDetail;
}

/** Shows the site at an address, over a registry that buys and sells as the fixture does. */
export function play(address: string, { kept, session, instead, change }: Played = {}) {
  const market = new MarketFixture(kept ?? acmeOffice);
  const publishers = new PublishersFixture([acme]);
  const state = session ?? ada;
  const who = state.account ?? ada.account;
  const asked: Asked[] = [];
  const answer = (method: string, url: URL, body: Record<string, unknown>): Given => {
    const path = url.pathname.slice('/api/v1'.length);
    if (path === '/session') return { status: 200, body: state };
    const found = modules.find(({ module }) => path === `/modules/${module}`);
    if (found) return { status: 200, body: change ? change(found) : found };
    return (
      instead?.(method, path) ??
      publishers.answer(method, path, body, who) ??
      market.answer(method, path, url.searchParams, body, who) ?? {
        status: 404,
        body: problem(404, 'not-found', 'Not found', `${method} ${path}`),
      }
    );
  };
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url);
    const text = await request.clone().text();
    const body = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
    const { method, headers } = request;
    if (method !== 'GET') asked.push({ method, path: url.pathname.slice(7), headers, body });
    const { status, body: given } = answer(method, url, body);
    return new Response(given === undefined ? null : JSON.stringify(given), { status });
  });
  document.documentElement.lang = 'en-GB';
  const site = renderSite(address);
  return {
    ...site,
    user: userEvent.setup(),
    /** The last request of a path. */
    last: (path: string) => asked.findLast((one) => one.path === path),
    all: (path: string) => asked.filter((one) => one.path === path),
  };
}

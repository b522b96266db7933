import { ada, grace } from '../fixtures/people';
import { memberships, SubmissionsFixture, type Given } from '../fixtures/submissions';
import type { Page } from './test';

/** What plays a part of a registry. */
interface Fixture {
  answer: (
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ) => Given | undefined;
}

/** Answers what the page asks of some addresses below `/api/v1` by a fixture. */
export async function play(page: Page, addresses: RegExp, fixture: Fixture): Promise<void> {
  await page.route(addresses, async (route) => {
    const request = route.request();
    const url = new URL(request.url());
    const method = request.method();
    if (method !== 'GET' && request.headers()['x-csrf-token'] !== 'the token') {
      throw new Error(`${method} ${url.pathname} does not bring the token of its session`);
    }
    const body = (request.postDataJSON() ?? {}) as Record<string, unknown>;
    const path = url.pathname.slice('/api/v1'.length);
    const given = fixture.answer(method, path, url.searchParams, body);
    if (!given) throw new Error(`the fixture does not know ${method} ${path}`);
    const type = given.status >= 400 ? 'application/problem+json' : 'application/json';
    await route.fulfill({
      status: given.status,
      contentType: type,
      body: given.body === undefined ? '' : JSON.stringify(given.body),
    });
  });
}

/**
 * As if somebody were signed in, and the registry had been sent something: neither a person nor a package that waits can be had
 * from every registry that the page is tried on.
 */
export async function withSubmissions(page: Page, as: 'operator' | 'publisher'): Promise<void> {
  const state = as === 'operator' ? grace : ada;
  await page.route('**/api/v1/session', (route) => route.fulfill({ json: state }));
  await page.route('**/api/v1/account/publishers', (route) =>
    route.fulfill({ json: { publishers: as === 'operator' ? [] : memberships, invitations: [] } }),
  );
  await play(
    page,
    /\/api\/v1\/(submissions|publishers\/[^/]+\/(submissions|review|trusted-publishers|publishing|domain|tokens))/,
    new SubmissionsFixture(as),
  );
  await page.route('**/api/v1/publishers/*/names', (route) =>
    route.fulfill({ json: { names: [] } }),
  );
}

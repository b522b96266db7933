import { act, cleanup, configure, render, waitFor } from '@testing-library/react';
import { useEffect } from 'react';
import { MemoryRouter, useLocation, useNavigate, type NavigateFunction } from 'react-router';
import { afterEach, vi } from 'vitest';
import { MarketplacePages } from './MarketplacePages';

// Longer than any answer takes on a busy machine; what comes sooner is not waited for.
configure({ asyncUtilTimeout: 20_000 });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** A request that waits for its test to answer it. */
export interface Request {
  url: URL;
  /** With JSON; a string as it is. */
  answer: (body: unknown, status?: number) => void;
  /** Fails as `fetch` does when no answer comes. */
  lose: () => void;
}

/** A registry that answers when and in whichever order a test wants, aborted requests too. */
export class FakeRegistry {
  readonly requests: Request[] = [];

  constructor() {
    vi.stubGlobal(
      'fetch',
      ({ url }: globalThis.Request) =>
        new Promise<Response>((resolve, reject) => {
          this.requests.push({
            url: new URL(url),
            answer: (body, status = 200) => {
              resolve(
                new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
              );
            },
            lose: () => {
              reject(new TypeError('Failed to fetch'));
            },
          });
        }),
    );
  }

  /** Waits for a request of this path (from `/api/v1`), whose query has these values. */
  request(path: string, query: Record<string, string> = {}): Promise<Request> {
    return waitFor(() => {
      const found = this.requests.findLast(
        ({ url }) =>
          url.pathname === `/api/v1${path}` &&
          Object.entries(query).every(([key, value]) => url.searchParams.get(key) === value),
      );
      if (!found) {
        const asked = this.requests.map(({ url }) => url.href).join(', ');
        throw new Error(`nothing asked for ${path} ${JSON.stringify(query)}, only: ${asked}`);
      }
      return found;
    });
  }
}

/** Shows the marketplace at an address. */
export function renderPages(start: string) {
  let address = '';
  let navigate: NavigateFunction | undefined;
  function Browser() {
    const { pathname, search } = useLocation();
    const go = useNavigate();
    useEffect(() => {
      address = pathname + search;
      navigate = go;
    });
    return null;
  }
  render(
    <MemoryRouter initialEntries={[start]}>
      <MarketplacePages registryUrl="http://registry.test" language="en-GB" theme="auto" />
      <Browser />
    </MemoryRouter>,
  );
  return {
    /** Where it has gone since. */
    address: () => address,
    goBack: () => act(async () => navigate?.(-1)),
  };
}

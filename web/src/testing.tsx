import { act, cleanup, configure, render, waitFor } from '@testing-library/react';
import { useEffect } from 'react';
import { MemoryRouter, useLocation, useNavigate, type NavigateFunction } from 'react-router';
import { afterEach, vi } from 'vitest';
import { MarketplacePages } from './MarketplacePages';
import { Site } from './Site';

// Longer than any answer takes on a busy machine; what comes sooner is not waited for.
configure({ asyncUtilTimeout: 20_000 });

// jsdom knows dialogs, and not how they are opened and left.
HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
  this.open = false;
  this.dispatchEvent(new Event('close'));
};

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** A request that waits for its test to answer it. */
export interface Request {
  url: URL;
  method: string;
  headers: Headers;
  /** Whether the page has given it up. */
  isAborted: () => boolean;
  /** What was sent as JSON. */
  sent: () => Promise<unknown>;
  /** With JSON; a string as it is; without a body if there is none. */
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
      (request: globalThis.Request) =>
        new Promise<Response>((resolve, reject) => {
          this.requests.push({
            url: new URL(request.url),
            method: request.method,
            headers: request.headers,
            isAborted: () => request.signal.aborted,
            sent: () => request.clone().json() as Promise<unknown>,
            answer: (body, status = 200) => {
              const text = typeof body === 'string' ? body : JSON.stringify(body);
              resolve(new Response(body === undefined ? null : text, { status }));
            },
            lose: () => {
              reject(new TypeError('Failed to fetch'));
            },
          });
        }),
    );
  }

  /** Waits for a request of this path (from `/api/v1`), whose query has these values. */
  request(path: string, query: Record<string, string> = {}, asked = 'GET'): Promise<Request> {
    return waitFor(() => {
      const found = this.requests.findLast(
        ({ url, method }) =>
          method === asked &&
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

/** Shows the registry's own site at an address. */
export function renderSite(start: string) {
  let address = '';
  function Browser() {
    const { pathname, hash } = useLocation();
    useEffect(() => {
      address = pathname + hash;
    });
    return null;
  }
  render(
    <MemoryRouter initialEntries={[start]}>
      <Site />
      <Browser />
    </MemoryRouter>,
  );
  return { address: () => address };
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

/** A paragraph that says what the registry sent, in which code stands between `` ` ``. */
export function paragraph(words: string) {
  const plain = words.replaceAll('`', '');
  return (_: string, element: Element | null) =>
    element?.tagName === 'P' && element.textContent === plain;
}

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { AccountsFixture, type AccountAnswer } from '../fixtures/accounts';
import { modules, search, versionDetail, type Answer } from '../fixtures/catalogue';
import { ModerationFixture } from '../fixtures/moderation';
import { problem } from '../fixtures/problem';
import { listen, type Running } from './server';

const DIST = join(import.meta.dirname, '../dist');

/** The registry's own headers (`registry/server/src/http/front.rs`), so that what breaks the page there fails here. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";
const ANY_ORIGIN = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

/** The addresses of pages, by their first part (`registry/server/src/http/pages.rs`). */
const PAGES = [
  '',
  'account',
  'advisories',
  'appeals',
  'buy',
  'invitation',
  'modules',
  'names',
  'operator',
  'orders',
  'reports',
  'reset',
  'restore-address',
  'review',
  'sign-in',
  'sign-up',
  'submissions',
  'transfer',
  'verify',
];

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Serves the built page as the registry does, over the fixture catalogue and people's accounts. */
export async function startFixtureServer(): Promise<Running & { mail: string; log: string }> {
  const accounts = new AccountsFixture();
  const moderation = new ModerationFixture();
  const running = await listen(
    createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://fixture');
      response.setHeader('X-Content-Type-Options', 'nosniff');
      if (url.pathname.startsWith('/api/'))
        void answer(accounts, moderation, url, request, response);
      else void serveFile(url.pathname, response);
    }),
  );
  return { ...running, mail: accounts.mail, log: accounts.log };
}

async function answer(
  accounts: AccountsFixture,
  moderation: ModerationFixture,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const sent = Buffer.concat(chunks).toString();
  const token = request.headers['x-csrf-token'];
  const method = request.method ?? 'GET';
  const path = url.pathname.slice('/api/v1'.length);
  const body = (sent ? JSON.parse(sent) : {}) as Record<string, string>;
  const given: AccountAnswer | undefined =
    accounts.answer(
      method,
      path,
      url.searchParams,
      body,
      /adx_session=([^;]*)/.exec(request.headers.cookie ?? '')?.[1],
      typeof token === 'string' ? token : undefined,
    ) ?? moderation.answer(method, path, url.searchParams, body);
  if (given) {
    const type = given.status >= 400 ? 'application/problem+json' : 'application/json';
    const cookie = given.cookie
      ? { 'Set-Cookie': `adx_session=${given.cookie}; Path=/; HttpOnly; SameSite=Lax` }
      : {};
    response.writeHead(given.status, { ...cookie, 'Content-Type': type });
    response.end(given.body === undefined ? undefined : JSON.stringify(given.body));
    return;
  }
  const found = find(url);
  const answered =
    found ?? problem(404, 'not-found', 'Not found', 'there is nothing at this address');
  const type = found ? 'application/json' : 'application/problem+json';
  response
    .writeHead(found ? 200 : 404, {
      ...ANY_ORIGIN,
      'Content-Security-Policy': DATA_POLICY,
      'Content-Type': type,
    })
    .end(JSON.stringify(answered));
}

function find(url: URL): Answer | undefined {
  const [resource, namespace, name, versions, version] = url.pathname.split('/').slice(3);
  if (resource === 'search') return search(url.searchParams);
  const module = modules.find((known) => known.module === `${namespace}/${name}`);
  if (resource !== 'modules' || !module) return undefined;
  if (!versions) return module;
  return version ? versionDetail(module, version) : { versions: module.versions };
}

async function serveFile(path: string, response: ServerResponse): Promise<void> {
  const routed = PAGES.includes(path.split('/')[1] ?? '');
  const file = routed ? 'index.html' : normalize(path);
  const headers = {
    'Content-Security-Policy': PAGE_POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'X-Frame-Options': 'DENY',
    ...(routed ? {} : ANY_ORIGIN),
  };
  try {
    const body = await readFile(join(DIST, file));
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { ...headers, 'Content-Type': type }).end(body);
  } catch {
    response.writeHead(404, headers).end();
  }
}

import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { modules, search, versionDetail, type Answer } from '../fixtures/catalogue';
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

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Serves the built page as the registry does, over the fixture catalogue. */
export function startFixtureServer(): Promise<Running> {
  return listen(
    createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://fixture');
      response.setHeader('X-Content-Type-Options', 'nosniff');
      if (url.pathname.startsWith('/api/')) answer(url, response);
      else void serveFile(url.pathname, response);
    }),
  );
}

function answer(url: URL, response: ServerResponse): void {
  const found = find(url);
  const body = found ?? problem(404, 'not-found', 'Not found', 'there is nothing at this address');
  const type = found ? 'application/json' : 'application/problem+json';
  response
    .writeHead(found ? 200 : 404, {
      ...ANY_ORIGIN,
      'Content-Security-Policy': DATA_POLICY,
      'Content-Type': type,
    })
    .end(JSON.stringify(body));
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
  const routed = path === '/' || path.startsWith('/modules/');
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

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { listen, type Running } from './server';
import { buildShell } from './shell/build';
import { expect, expectAccessible, field, heading, hello, test, type Page } from './test';

const BUILT = join(import.meta.dirname, '../test-results/shell');

/** A shell without React: knows the remote's address and nothing else of it. */
const PLAIN_SCRIPT = `
const registry = new URL(location.href).searchParams.get('registry');
const remote = await import(new URL('/remoteEntry.js', registry).href);
await remote.init({});
const { mount } = (await remote.get('./Marketplace'))();
const unmount = mount(document.querySelector('main'), {
  basename: '/plain',
  onTitle: (title) => { document.title = title + ' · Shell'; },
});
document.querySelector('button').onclick = unmount;
`;

const PLAIN_PAGE = `<!doctype html>
<html lang="en">
  <head><title>Shell</title><meta name="viewport" content="width=device-width" /></head>
  <body>
    <header><button type="button">Leave</button></header>
    <main></main>
    <script type="module" src="/plain.js"></script>
  </body>
</html>`;

function fileOf(path: string): Promise<string> | string {
  if (path === '/plain.js') return PLAIN_SCRIPT;
  if (path.startsWith('/plain')) return PLAIN_PAGE;
  return readFile(join(BUILT, extname(path) === '.js' ? path : 'index.html'), 'utf8');
}

/** An origin of its own, with a policy as strict as a shell can have that takes in another origin's code. */
async function serveShells(registry: string): Promise<Running> {
  const policy = `default-src 'none'; script-src 'self' ${registry}; style-src ${registry}; connect-src ${registry}; img-src data:`;
  return listen(
    createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://shell');
      const type = extname(pathname) === '.js' ? 'text/javascript' : 'text/html; charset=utf-8';
      response.setHeader('Content-Security-Policy', policy).setHeader('Content-Type', type);
      void Promise.resolve(fileOf(pathname)).then((body) => response.end(body));
    }),
  );
}

let shells: Running;

test.beforeAll(async () => {
  const registry = process.env.ADX_REGISTRY_URL ?? '';
  await buildShell(registry, BUILT);
  shells = await serveShells(registry);
});

test.afterAll(() => {
  shells.stop();
});

async function openPlain(page: Page, registry: string | undefined): Promise<void> {
  await page.goto(`${shells.url}/plain?registry=${encodeURIComponent(registry ?? '')}`);
  await expect(hello(page)).toBeVisible();
}

test('is a remote that a page of another origin mounts', async ({ page, baseURL }) => {
  await openPlain(page, baseURL);
  await field(page).fill('hello');
  await expect(page).toHaveURL(`${shells.url}/plain?q=hello`);
  await hello(page).click();
  await expect(page).toHaveURL(`${shells.url}/plain/modules/adx/hello`);
  await expect(page).toHaveTitle('Hello · Shell');
  await expect(heading(page, 'Hello')).toBeFocused();
  // Its stylesheet came along, and its links lead to the registry.
  await expect(page.getByRole('tab', { name: 'Versions' })).toHaveCSS('border-top-width', '0px');
  await expect(page.getByRole('link', { name: 'Download package' })).toHaveAttribute(
    'href',
    new RegExp(`^${baseURL}/packages/[0-9a-f]{64}\\.adxm$`),
  );
});

test('is accessible inside a shell', async ({ page, baseURL }) => {
  await openPlain(page, baseURL);
  await expectAccessible(page);
});

test('leaves nothing behind when the shell takes it out', async ({ page, baseURL }) => {
  await openPlain(page, baseURL);
  await page.getByRole('button', { name: 'Leave' }).click();
  await expect(page.locator('main')).toBeEmpty();
  const slashIsTheShells = await page.evaluate(() =>
    document.body.dispatchEvent(
      new KeyboardEvent('keydown', { key: '/', bubbles: true, cancelable: true }),
    ),
  );
  expect(slashIsTheShells).toBe(true);
});

test('is a component in a React shell that Vite built', async ({ page }) => {
  await page.goto(`${shells.url}/shell`);
  await expect(heading(page, 'Find a module')).toBeVisible();
  await hello(page).click();
  await expect(page).toHaveURL(`${shells.url}/shell/modules/adx/hello`);
  await expect(page.getByText('Shown: Hello')).toBeVisible();
});

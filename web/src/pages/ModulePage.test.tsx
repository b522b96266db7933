import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { advisory, modules, versionDetail } from '../../fixtures/catalogue';
import { FakeRegistry, renderPages } from '../testing';

function known(id: string) {
  const module = modules.find((candidate) => candidate.module === id);
  if (!module) throw new Error(`the catalogue has no ${id}`);
  return module;
}

const hello = known('adx/hello');
const invoicing = known('ledgerline/invoicing');

async function openListing(module = hello) {
  const registry = new FakeRegistry();
  renderPages(`/modules/${module.module}`);
  (await registry.request(`/modules/${module.module}`)).answer(module);
  await screen.findByRole('heading', { level: 1, name: module.display_name });
  return { registry, user: userEvent.setup() };
}

async function openVersion(module: typeof hello, version: string, change = {}) {
  const registry = new FakeRegistry();
  renderPages(`/modules/${module.module}/${version}`);
  (await registry.request(`/modules/${module.module}`)).answer(module);
  const detail = { ...versionDetail(module, version), ...change };
  (await registry.request(`/modules/${module.module}/versions/${version}`)).answer(detail);
  await screen.findByRole('heading', { level: 1, name: module.display_name });
  return { registry, user: userEvent.setup() };
}

const region = (name: string) => within(screen.getByRole('region', { name }));
const panel = () => within(screen.getByRole('tabpanel'));

test('says that it is loading', () => {
  new FakeRegistry();
  renderPages('/modules/adx/hello');
  expect(screen.getByRole('status').textContent).toBe('Loading…');
  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('adx/hello');
});

test('shows the readme, once under its heading, and how to install', async () => {
  await openListing();
  expect(screen.getAllByRole('heading', { name: 'Hello' })).toHaveLength(1);
  panel().getByRole('heading', { level: 2, name: 'Settings' });
  const install = region('Install');
  expect(install.getByText(/^adx install/).closest('pre')?.textContent).toBe(
    'adx install adx/hello --activate',
  );
});

test('says so where there is no readme', async () => {
  await openListing({ ...hello, readme_html: null });
  panel().getByText('The publisher has not written a readme.');
});

test('says in words what the module needs, and what one may refuse', async () => {
  await openListing(invoicing);
  const asks = region('What it asks for');
  const lists = asks.getAllByRole('list').map((list) => list.textContent);
  expect(asks.getAllByRole('heading', { level: 3 }).map((title) => title.textContent)).toEqual([
    'Needed to run',
    'You may refuse',
    'What is new in what it asks for since 3.1.0',
  ]);
  expect(lists[0]).toContain('Send mail to people of your tenant notify:mail');
  expect(lists[1]).toBe(
    'Send requests over the network to https://taxes.example:8443 http:https://taxes.example:8443',
  );
});

test('says what it means to ask for nothing', async () => {
  await openListing(known('adx/calculator'));
  const asks = region('What it asks for');
  asks.getByText(/cannot reach data, files or the network/);
  expect(asks.queryByRole('list')).toBeNull();
});

test('says which domain the publisher showed to hold', async () => {
  await openListing(invoicing);
  expect(screen.getByText('ledgerline.example').closest('p')?.textContent).toMatch(
    /by .* who showed to hold ledgerline\.example$/,
  );
});

test('says nothing of a domain where there is none', async () => {
  await openListing();
  expect(screen.queryByText(/who showed to hold/)).toBeNull();
});

test('shows pictures, prices and where to try and ask', async () => {
  await openListing(invoicing);
  const pictures = within(screen.getByRole('region', { name: 'Screenshots' })).getAllByRole('img');
  expect(pictures.map((picture) => picture.getAttribute('alt'))).toEqual([
    `Screenshot 1 of ${invoicing.display_name}`,
    `Screenshot 2 of ${invoicing.display_name}`,
  ]);
  expect(pictures[0]?.getAttribute('src')).toBe(
    'http://registry.test/api/v1/modules/ledgerline/invoicing/versions/3.2.1/screenshots/1?size=thumbnail',
  );
  const about = region('About');
  about.getByText('€19.00 a month');
  about.getByText('14 days');
  expect(about.getByRole('link', { name: 'help@ledgerline.example' }).getAttribute('href')).toBe(
    'mailto:help@ledgerline.example',
  );
  about.getByRole('link', { name: 'demo.ledgerline.example' });
  const others = within(screen.getByRole('region', { name: 'More by Ledgerline' }));
  expect(others.getByRole('link', { name: 'Bank Feeds' }).getAttribute('href')).toBe(
    '/modules/ledgerline/bank-feeds',
  );
});

test('says what is new in what it asks for, and nothing where that is nothing', async () => {
  await openListing(invoicing);
  const changes = region('What is new in what it asks for since 3.1.0');
  changes.getByText('Send mail to people of your tenant');
  changes.getByText('It cost €15.00 a month before');
});

test('says nothing of pictures and changes where there are none', async () => {
  await openListing();
  expect(screen.queryByRole('region', { name: 'Screenshots' })).toBeNull();
  expect(screen.queryByText(/What is new/)).toBeNull();
  region('About').getByText('Free');
});

test('asks in the language of the page', async () => {
  const { registry } = await openListing();
  await registry.request('/modules/adx/hello', { language: 'en-GB' });
});

test('shows the pages of documentation, each when it is chosen', async () => {
  const { registry, user } = await openListing();
  await user.click(screen.getByRole('tab', { name: 'Documentation' }));
  const docs = `/modules/adx/hello/versions/${hello.latest}/docs`;
  const page = { path: 'guide/first.md', title: 'First steps' };
  (await registry.request(docs)).answer({ pages: [page] });
  await user.click(await panel().findByRole('button', { name: 'First steps' }));
  (await registry.request(`${docs}/guide/first.md`)).answer({
    ...page,
    html: '<h2>First steps</h2><p>Go ahead.</p>',
  });
  await panel().findByText('Go ahead.');
  await user.click(panel().getByRole('button', { name: 'All pages' }));
  await panel().findByRole('button', { name: 'First steps' });
});

test('says so where there is no documentation', async () => {
  const { registry, user } = await openListing();
  await user.click(screen.getByRole('tab', { name: 'Documentation' }));
  (await registry.request(`/modules/adx/hello/versions/${hello.latest}/docs`)).answer({
    pages: [],
  });
  await panel().findByText('This version brings no pages of documentation along.');
});

test('links to web addresses only', async () => {
  await openListing({
    ...hello,
    homepage: 'javascript:alert(1)',
    repository: 'https://git.example/x/',
  });
  const about = region('About');
  expect(about.queryByRole('link', { name: /javascript/ })).toBeNull();
  about.getByText('javascript:alert(1)');
  expect(about.getByRole('link', { name: 'git.example/x' }).getAttribute('rel')).toContain(
    'noopener',
  );
});

test('does not offer a module whose every version was withdrawn', async () => {
  const versions = hello.versions.map((version) => ({ ...version, yanked: true }));
  await openListing({ ...hello, versions });
  screen.getByText(/This version was withdrawn by its publisher/);
  expect(screen.queryByText(/^adx install/)).toBeNull();
});

test('says why a version was withdrawn, where its publisher did', async () => {
  await openVersion(hello, '1.1.0', { yanked: true, yanked_for: 'loses the last line' });
  screen.getByText(/Its publisher says: loses the last line/);
});

test('says why a version is offered again, where its publisher did', async () => {
  await openVersion(hello, '1.1.0', { unyanked_for: 'the last line is there' });
  screen.getByText(/offered again. Its publisher says: the last line is there/);
  expect(screen.queryByText('Yanked')).toBeNull();
});

test('says what to know before it is installed', async () => {
  const deprecation = { message: 'not maintained any more', replacement: 'acme/greeter' };
  await openListing({ ...hello, deprecation, advisories: [advisory] });
  const known = region('What to know before you install it');
  known.getByText(/not maintained any more/);
  expect(known.getByRole('link', { name: 'Use acme/greeter instead' }).getAttribute('href')).toBe(
    '/modules/acme/greeter',
  );
  known.getByText('Critical');
  known.getByText(
    'Affected versions: From 1.0.0, before 1.1.0. Mended in 1.1.0. Whoever runs this registry stands for it.',
  );
  expect(known.getByRole('link', { name: 'answers strangers' }).getAttribute('href')).toBe(
    '/advisories/ADX-2026-0001',
  );
  screen.getByText(/^adx install/);
});

test('says why a module is in quarantine, and does not offer it', async () => {
  const versions = hello.versions.map((version) => ({
    ...version,
    quarantined_for: 'it sends mail to strangers',
  }));
  const { user } = await openListing({ ...hello, versions });
  screen.getByText(/withholds this version from new installations: it sends mail to strangers/);
  expect(screen.queryByText(/^adx install/)).toBeNull();
  await user.click(screen.getByRole('tab', { name: 'Versions' }));
  expect(screen.getAllByText('In quarantine').length).toBeGreaterThan(1);
});

test('lists the versions, and marks what is special about them', async () => {
  const { registry, user } = await openListing(invoicing);
  await user.click(screen.getByRole('tab', { name: 'Versions' }));
  const request = await registry.request('/modules/ledgerline/invoicing/versions');
  request.answer({ versions: invoicing.versions });
  const rows = () => screen.getAllByRole('rowheader').map((header) => header.textContent);
  await waitFor(() => {
    expect(rows()).toEqual(['5.1.0-rc.1Pre-release', '5.0.3Latest', '5.0.2Yanked']);
  });
});

test('keeps the newest versions when the others cannot be had', async () => {
  const { registry, user } = await openListing();
  await user.click(screen.getByRole('tab', { name: 'Versions' }));
  (await registry.request('/modules/adx/hello/versions')).lose();
  await screen.findByRole('alert');
  expect(screen.getAllByRole('rowheader')).toHaveLength(hello.versions.length);
});

test('moves between tabs by the arrow keys', async () => {
  const { user } = await openListing();
  const [readme, , versions] = screen.getAllByRole('tab');
  readme?.focus();
  await user.keyboard('{ArrowLeft}');
  expect(document.activeElement).toBe(versions);
  expect(versions?.getAttribute('aria-selected')).toBe('true');
  await user.keyboard('{ArrowRight}');
  expect(document.activeElement).toBe(readme);
});

test.each([
  [
    404,
    { title: 'Not found', detail: 'there is no module', hint: 'Search for it: GET /api/v1/search' },
  ],
  [400, { title: 'Bad request', detail: 'not a name' }],
])('knows by %d that there is no such module, and says it in its own words', async (code, body) => {
  const registry = new FakeRegistry();
  renderPages('/modules/adx/gone');
  (await registry.request('/modules/adx/gone')).answer(body, code);
  await screen.findByRole('heading', { level: 1, name: 'There is no module adx/gone' });
  expect(screen.queryByText(/GET/)).toBeNull();
  screen.getByRole('link', { name: 'Search the marketplace' });
});

test('tries again what failed', async () => {
  const registry = new FakeRegistry();
  renderPages('/modules/adx/hello');
  (await registry.request('/modules/adx/hello')).answer({ title: 'Internal error' }, 500);
  const alert = within(await screen.findByRole('alert'));
  alert.getByText('Internal error');
  await userEvent.click(alert.getByRole('button', { name: 'Try again' }));
  await waitFor(() => {
    expect(registry.requests).toHaveLength(2);
  });
  registry.requests.at(-1)?.answer(hello);
  await screen.findByRole('heading', { level: 1, name: 'Hello' });
});

test('pins the version one is looking at, and points to the newest', async () => {
  await openVersion(hello, '1.0.0');
  region('Install').getByText(/^adx install adx\/hello@=1\.0\.0/);
  const newest = screen.getByRole('link', { name: 'Go to 1.2.0' });
  expect(newest.getAttribute('href')).toBe('/modules/adx/hello');
  region('About').getByText('Signed with key');
});

test('does not offer a withdrawn version', async () => {
  await openVersion(invoicing, '5.0.2');
  screen.getByText(/This version was withdrawn by its publisher/);
  region('Install').getByText('Not offered: this version has been withdrawn.');
  expect(screen.queryByText(/^adx install/)).toBeNull();
});

test('leads to the modules that a version needs', async () => {
  await openVersion(invoicing, '5.0.3');
  const needed = region('About').getByRole('link', { name: 'ledgerline/bank-feeds' });
  expect(needed.getAttribute('href')).toBe('/modules/ledgerline/bank-feeds');
});

test('shows changes and manifest of a version, or that there are none', async () => {
  const { user } = await openVersion(hello, '1.1.0', { changelog_html: null });
  await user.click(screen.getByRole('tab', { name: 'Changes' }));
  panel().getByText('The publisher has not written down what changed.');
  await user.click(screen.getByRole('tab', { name: 'Manifest' }));
  expect(panel().getByRole('group', { name: 'Manifest' }).textContent).toContain(
    '"version": "1.1.0"',
  );
});

test('knows that there is no such version', async () => {
  const registry = new FakeRegistry();
  renderPages('/modules/adx/hello/9.0.0');
  (await registry.request('/modules/adx/hello')).answer(hello);
  (await registry.request('/modules/adx/hello/versions/9.0.0')).answer({ title: 'Not found' }, 404);
  await screen.findByRole('heading', { level: 1, name: 'There is no version 9.0.0 of adx/hello' });
});

test('knows that there is nothing at an address', async () => {
  renderPages('/nothing/here/at/all');
  await screen.findByRole('heading', { level: 1, name: 'There is nothing here' });
});

import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { ada } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { hooks, WebhooksFixture, type KeptWebhook } from '../../fixtures/webhooks';
import { FakeRegistry, renderSite, type Request } from '../testing';
import { webhooks as words } from '../i18n/webhooks';
import { EVENTS } from './events';

const LIST = '/webhooks';
const [first, paused] = hooks.map(({ webhook }) => webhook);
if (!first || !paused) throw new Error('the fixture has two webhooks');
const RELEASES = `/webhooks/${first.id}`;

/** The page of the webhooks of acme, which a fixture answers for. */
async function start(kept: KeptWebhook[] = hooks) {
  const registry = new FakeRegistry();
  const fixture = new WebhooksFixture(kept);
  const site = renderSite('/account/publishers/acme/webhooks');
  (await registry.request('/session')).answer(ada);
  const answered = new Set<Request>(registry.requests);
  const play = async (asked: Request) => {
    answered.add(asked);
    const body = asked.method === 'GET' ? {} : ((await asked.sent().catch(() => ({}))) as object);
    const given = fixture.answer(asked.method, asked.url.pathname.slice('/api/v1'.length), {
      ...body,
    });
    if (!given) throw new Error(`the fixture does not know ${asked.method} ${asked.url.pathname}`);
    asked.answer(given.body, given.status);
  };
  /** Answers the next request of a path that waits. */
  const next = (path: string, method = 'GET') =>
    waitFor(async () => {
      const found = registry.requests.find(
        (asked) =>
          !answered.has(asked) &&
          asked.method === method &&
          asked.url.pathname === `/api/v1${path}`,
      );
      if (!found) throw new Error(`nothing asks for ${method} ${path}`);
      await play(found);
      return found;
    });
  /** Has the fixture do what was asked, and shows what is there then; gives what was sent. */
  const carryOut = async (path: string, method: string) => {
    const asked = await next(path, method);
    expect(asked.headers.get('x-csrf-token')).toBe('the token');
    await next(LIST);
    return asked.sent().catch(() => undefined);
  };
  const list = await next(LIST);
  expect(list.url.searchParams.get('namespace')).toBe('acme');
  await screen.findByRole('heading', { level: 2, name: 'Add a webhook' });
  return { registry, ...site, next, carryOut, user: userEvent.setup() };
}

const button = (name: string | RegExp) => screen.getByRole('button', { name });
const dialog = () => within(screen.getByRole('dialog'));

test('shows each webhook with its events, and what became of those that are paused', async () => {
  await start();
  screen.getByRole('heading', { level: 1, name: 'Webhooks of acme' });
  screen.getByText('https://example.org/releases');
  screen.getByText('A version is released', { selector: 'span' });
  screen.getByText('Every event');
  screen.getByText(/the receiver answered 410$/);
  expect(screen.queryByRole('button', { name: `Pause ${paused.url}` })).toBeNull();
  expect(screen.getByRole('link', { name: 'Go to acme' }).getAttribute('href')).toBe(
    '/account/publishers/acme',
  );
});

test('adds a webhook for chosen events, and shows its secret once', async () => {
  const { carryOut, user } = await start([]);
  screen.getByText('There is none yet.');
  await user.type(screen.getByLabelText('Address'), ' https://example.org/new ');
  await user.click(screen.getByRole('checkbox', { name: 'A version is released' }));
  await user.click(screen.getByRole('checkbox', { name: 'A key is added' }));
  await user.click(button('Add a webhook'));
  expect(await carryOut(LIST, 'POST')).toEqual({
    namespace: 'acme',
    url: 'https://example.org/new',
    events: ['release.published', 'key.added'],
  });
  await screen.findByText(/^What happens is sent to https:\/\/example\.org\/new from now on/);
  screen.getByText(/^whsec_s+=$/);
  expect(screen.getByLabelText<HTMLInputElement>('Address').value).toBe('');
  await screen.findByText('https://example.org/new');
  await user.click(button('Pause https://example.org/new'));
  expect(screen.queryByText(/^whsec_/)).toBeNull();
});

test('says why an address is refused, and keeps what was filled in', async () => {
  const { next, user } = await start([]);
  await user.type(screen.getByLabelText('Address'), 'http://example.org');
  await user.click(button('Add a webhook'));
  expect(await (await next(LIST, 'POST')).sent()).toMatchObject({ events: [] });
  await screen.findByText('a webhook is reached by https only');
  expect(screen.getByLabelText<HTMLInputElement>('Address').value).toBe('http://example.org');
});

test('pauses only once that is confirmed, and goes on at once', async () => {
  const { registry, carryOut, user } = await start();
  await user.click(button(`Pause ${first.url}`));
  await user.click(dialog().getByRole('button', { name: 'Not now' }));
  expect(registry.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  await user.click(button(`Pause ${first.url}`));
  await user.click(dialog().getByRole('button', { name: 'Pause' }));
  expect(await carryOut(RELEASES, 'PUT')).toEqual({ enabled: false });
  await screen.findByText('It is paused.');
  await user.click(await screen.findByRole('button', { name: `Go on with ${first.url}` }));
  expect(await carryOut(RELEASES, 'PUT')).toEqual({ enabled: true });
  await screen.findByText('It goes on.');
});

test('changes address and events, beginning with those that are there', async () => {
  const { carryOut, user } = await start();
  await user.click(button(`Change the webhook ${first.url}`));
  const box = (name: string) => dialog().getByRole<HTMLInputElement>('checkbox', { name });
  expect(box('A version is released').checked).toBe(true);
  expect(box('A key is removed').checked).toBe(false);
  await user.click(box('A key is removed'));
  await user.click(dialog().getByRole('button', { name: 'Change' }));
  expect(await carryOut(RELEASES, 'PUT')).toEqual({
    url: first.url,
    events: ['release.published', 'key.added', 'key.removed'],
  });
  await screen.findByText('The webhook was changed.');
});

test('gives another secret, and removes a webhook, each once that is confirmed', async () => {
  const { carryOut, user } = await start();
  await user.click(button(`Give ${first.url} another secret`));
  await user.click(dialog().getByRole('button', { name: 'Another secret' }));
  await carryOut(`${RELEASES}/secret`, 'POST');
  await screen.findByText(/^whsec_n+=$/);
  await screen.findByText(/^The secret before signs as well until/);
  await user.click(button(`Remove ${first.url}`));
  await user.click(dialog().getByRole('button', { name: 'Remove' }));
  await carryOut(RELEASES, 'DELETE');
  await screen.findByText(`Nothing is sent to ${first.url} any more.`);
  await waitFor(() => {
    expect(screen.queryByRole('button', { name: `Remove ${first.url}` })).toBeNull();
  });
});

test('shows what was sent and what was answered, and sends it once more', async () => {
  const { next, carryOut, user } = await start();
  const log = `${RELEASES}/deliveries`;
  await user.click(button(`What was sent to ${first.url}`));
  await next(log);
  const list = await screen.findByRole('list', { name: `What was sent to ${first.url}` });
  const [waiting, delivered, failed] = within(list)
    .getAllByRole('listitem')
    .map((row) => row.textContent);
  expect(waiting).toMatch(/Waits.*Answered 500 after 40 ms.*2 attempts.*Again at/);
  expect(delivered).toMatch(/A version is released.*Delivered.*Answered 204 after 12 ms/);
  expect(failed).toMatch(/A key is added.*Given up.*no route/);

  await user.click(within(list).getByRole('button', { name: /^Send once more: A key is added/ }));
  const sent = await next(`${RELEASES}/replay`, 'POST');
  expect(await sent.sent()).toEqual({ delivery: '3'.repeat(32) });
  await next(log);
  await screen.findByText('It is sent once more, under the same id.');
  await within(list).findByText('Answered 200 after 5 ms');

  await user.click(button(`Send a test to ${first.url}`));
  await carryOut(`${RELEASES}/ping`, 'POST');
  await next(log);
  await within(list).findByText('A test');
});

test('says that whoever is no owner may not', async () => {
  const registry = new FakeRegistry();
  renderSite('/account/publishers/acme/webhooks');
  (await registry.request('/session')).answer(ada);
  const detail = 'only an owner of the namespace may do this';
  (await registry.request(LIST)).answer(problem(403, 'forbidden', 'Not allowed', detail), 403);
  await screen.findByText(detail);
  expect(screen.queryByRole('button', { name: 'Add a webhook' })).toBeNull();
});

test('every event can be chosen, once', () => {
  expect([...EVENTS].sort()).toEqual(Object.keys(words.events).sort());
});

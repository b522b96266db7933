import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { listedAccounts } from '../../fixtures/listedAccounts';
import { ada, grace } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import type { ListedAccount } from '../api/moderation';
import { FakeRegistry, paragraph, renderSite } from '../testing';

function known(index: number): ListedAccount {
  const one = listedAccounts[index];
  if (!one) throw new Error(`the fixtures have no account ${index}`);
  return one;
}

const [own, eve, mallory, nina] = [known(0), known(1), known(2), known(3)];

async function start(address: string, session = grace) {
  const registry = new FakeRegistry();
  renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, user: userEvent.setup() };
}

async function open() {
  const started = await start('/accounts');
  const first = await started.registry.request('/accounts');
  expect(first.url.search).toBe('');
  expect(screen.getAllByText('Loading…')).not.toHaveLength(0);
  first.answer({ accounts: listedAccounts });
  const table = within(await screen.findByRole('table', { name: 'Accounts' }));
  return { ...started, table };
}

const dialog = () => within(screen.getByRole('dialog'));
const buttons = () =>
  within(screen.getByRole('table', { name: 'Accounts' }))
    .queryAllByRole('button')
    .map((button) => button.getAttribute('aria-label'));

test('shows operators who has an account, how it is kept, and who is out since when and why', async () => {
  const { table } = await open();
  const [, first, second, third, fourth] = table.getAllByRole('row').map((row) => row.textContent);
  expect(first).toMatch(
    /^Gracegrace@example\.orgOperator.*2026.*One-time passwords, Passkey.*2026/,
  );
  expect(second).toMatch(/^Eveeve@example\.org.*2026.*NoneNot keptDisable$/);
  expect(third).toMatch(
    /^Mallorymallory@example\.orgDisabledDisabled since .*2026.*: it was taken over.*Enable$/,
  );
  expect(fourth).toMatch(/^nina@example\.orgNot verifiedNoNoneNot kept$/);
  // Nobody disables the own account, nor one with which nobody signs in.
  expect(buttons()).toEqual(['Disable eve@example.org', 'Enable mallory@example.org']);
  screen.getByRole('link', { name: 'People' });
});

test('finds accounts by what is typed, and by their state', async () => {
  const { registry, user } = await open();
  await user.type(screen.getByLabelText('Name or address'), ' ev{Enter}');
  (await registry.request('/accounts', { q: 'ev' })).answer({ accounts: [eve] });
  await waitFor(() => {
    expect(buttons()).toEqual(['Disable eve@example.org']);
  });
  await user.click(screen.getByRole('radio', { name: 'Disabled' }));
  const none = await registry.request('/accounts', { q: 'ev', state: 'disabled' });
  none.answer({ accounts: [] });
  await screen.findByText('There is no such account.');
  await user.clear(screen.getByLabelText('Name or address'));
  await user.click(screen.getByRole('button', { name: 'Search' }));
  const all = await registry.request('/accounts', { state: 'disabled' });
  expect(all.url.searchParams.has('q')).toBe(false);
  all.answer({ accounts: [mallory] });
  await waitFor(() => {
    expect(buttons()).toEqual(['Enable mallory@example.org']);
  });
});

test('goes on where a page ends, with the focus on what is new', async () => {
  const { registry, user } = await start('/accounts?q=n');
  (await registry.request('/accounts', { q: 'n' })).answer({ accounts: [own], next: own.id });
  await user.click(await screen.findByRole('button', { name: 'Show more' }));
  (await registry.request('/accounts', { q: 'n', after: own.id })).answer({ accounts: [nina] });
  await waitFor(() => {
    expect(document.activeElement?.textContent).toBe('nina@example.org');
  });
});

test('disables for a reason, and has the focus where it says so', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('button', { name: 'Disable eve@example.org' }));
  dialog().getByText(/^The person is signed out everywhere/);
  const reason = dialog().getByLabelText<HTMLInputElement>('Reason');
  expect([reason.required, reason.maxLength]).toEqual([true, 500]);
  await user.type(reason, 'it sends spam{Enter}');
  const sent = await registry.request(`/accounts/${eve.id}/disable`, {}, 'POST');
  expect(await sent.sent()).toEqual({ reason: 'it sends spam' });
  expect(sent.headers.get('x-csrf-token')).toBe('the token');
  sent.answer({ ...eve, state: 'disabled', disabled_for: 'it sends spam' });
  const told = await screen.findByText('Disabled.');
  await waitFor(() => {
    expect(document.activeElement).toBe(told);
  });
});

test('enables without a reason, and keeps the question open where the registry does not', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('button', { name: 'Enable mallory@example.org' }));
  dialog().getByText(/^The person may sign in again/);
  expect(dialog().queryByLabelText('Reason')).toBeNull();
  await user.click(dialog().getByRole('button', { name: 'Enable it' }));
  const lost = await registry.request(`/accounts/${mallory.id}/enable`, {}, 'POST');
  lost.answer(problem(404, 'not-found', 'Not found', 'there is no such account'), 404);
  await dialog().findByText('there is no such account');
  await user.click(dialog().getByRole('button', { name: 'Enable it' }));
  await waitFor(() => {
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });
  (await registry.request(`/accounts/${mallory.id}/enable`, {}, 'POST')).answer(mallory);
  await screen.findByText('Enabled.');
});

test('says why accounts cannot be had, and asks again', async () => {
  const { registry, user } = await start('/accounts');
  const words = 'the database does not answer';
  (await registry.request('/accounts')).answer(
    problem(503, 'unavailable', 'Temporarily unavailable', words),
    503,
  );
  const alert = within(await screen.findByRole('alert'));
  alert.getByText(paragraph(words));
  await user.click(alert.getByRole('button', { name: 'Try again' }));
  await waitFor(() => {
    const asked = registry.requests.filter(({ url }) => url.pathname === '/api/v1/accounts');
    expect(asked).toHaveLength(2);
  });
});

test('asks the registry nothing for whoever is no operator', async () => {
  const { registry } = await start('/accounts', ada);
  await screen.findByRole('heading', { name: 'This is for operators' });
  expect(registry.requests).toHaveLength(1);
  expect(screen.queryByRole('link', { name: 'People' })).toBeNull();
});

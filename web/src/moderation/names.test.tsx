import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { appeals, heldNames } from '../../fixtures/moderation';
import { ada, grace } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { memberships } from '../../fixtures/submissions';
import type { HeldName } from '../api/moderation';
import type { components } from '../api/schema';
import { FakeRegistry, paragraph, renderSite } from '../testing';

function known(index: number): HeldName {
  const one = heldNames[index];
  if (!one) throw new Error(`the fixtures have no held name ${index}`);
  return one;
}

const [ofModule, ofNamespace, refused, allowed] = [known(0), known(1), known(2), known(3)];

async function start(address: string, session = grace) {
  const registry = new FakeRegistry();
  renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, user: userEvent.setup() };
}

async function open() {
  const started = await start('/names');
  const first = await started.registry.request('/names/held');
  expect(first.url.search).toBe('');
  first.answer({ names: [ofModule, ofNamespace] });
  const list = within(await screen.findByRole('list', { name: 'Held names' }));
  return { ...started, list };
}

const dialog = () => within(screen.getByRole('dialog'));
const buttons = () =>
  within(screen.getByRole('list', { name: 'Held names' }))
    .queryAllByRole('button')
    .map((button) => button.getAttribute('aria-label'));

test('shows operators what resembles what and how, who asked, and when', async () => {
  const { list } = await open();
  const rows = list.getAllByRole('listitem').map((row) => row.textContent);
  expect(rows[0]).toMatch(
    /^acme\/invoces leaves out a character of ledgerline\/invoicesWaitingAsked for .*2026.*for acme/,
  );
  expect(rows[1]).toMatch(/^ledgerlime looks like ledgerline.*by Eve <eve@example\.org>/);
  const to = list.getAllByRole('link').map((link) => link.getAttribute('href'));
  expect(to).toEqual(['/modules/ledgerline/invoices']);
  screen.getByRole('link', { name: 'Names' });
});

test('shows those that were decided on by the address, and offers the other decision', async () => {
  const { registry, user } = await open();
  expect(buttons()).toEqual([
    'Allow acme/invoces',
    'Refuse acme/invoces',
    'Allow ledgerlime',
    'Refuse ledgerlime',
  ]);
  await user.click(screen.getByRole('radio', { name: 'Refused' }));
  (await registry.request('/names/held', { state: 'refused' })).answer({ names: [refused] });
  await screen.findByText('it would be taken for quietworks/greeter-1');
  expect(buttons()).toEqual(['Allow acme/greeter-2']);
  await user.click(screen.getByRole('radio', { name: 'Allowed' }));
  (await registry.request('/names/held', { state: 'allowed' })).answer({ names: [allowed] });
  await waitFor(() => {
    expect(buttons()).toEqual(['Refuse acme/shift-planer']);
  });
});

test('goes on where a page ends, with the focus on what is new', async () => {
  const { registry, user } = await start('/names');
  (await registry.request('/names/held')).answer({ names: [ofModule], next: ofModule.id });
  await user.click(await screen.findByRole('button', { name: 'Show more' }));
  const further = await registry.request('/names/held', { after: ofModule.id });
  further.answer({ names: [ofNamespace] });
  await waitFor(() => {
    expect(document.activeElement?.textContent).toBe('ledgerlime looks like ledgerline');
  });
});

test('refuses for a reason, and has the focus where it says so', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('button', { name: 'Refuse acme/invoces' }));
  dialog().getByText(/^Nothing is published under it/);
  const reason = dialog().getByLabelText<HTMLInputElement>('Reason');
  expect([reason.required, reason.maxLength]).toEqual([true, 500]);
  await user.type(reason, 'a copy{Enter}');
  const sent = await registry.request(`/names/held/${ofModule.id}/refuse`, {}, 'POST');
  expect(await sent.sent()).toEqual({ reason: 'a copy' });
  expect(sent.headers.get('x-csrf-token')).toBe('the token');
  sent.answer({ ...ofModule, state: 'refused' });
  const told = await screen.findByText('Refused.');
  await waitFor(() => {
    expect(document.activeElement).toBe(told);
  });
  (await registry.request('/names/held')).answer({ names: [] });
  await screen.findByText('No name waits.');
});

test('allows without a reason, and keeps the question open where the registry does not', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('button', { name: 'Allow ledgerlime' }));
  dialog().getByText(/^Whoever asked for it may take it/);
  expect(dialog().queryByLabelText('Reason')).toBeNull();
  await user.click(dialog().getByRole('button', { name: 'Allow it' }));
  const lost = await registry.request(`/names/held/${ofNamespace.id}/allow`, {}, 'POST');
  lost.answer(problem(404, 'not-found', 'Not found', 'there is no such held name'), 404);
  await dialog().findByText('there is no such held name');
  await user.click(dialog().getByRole('button', { name: 'Allow it' }));
  await waitFor(() => {
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });
  const sent = await registry.request(`/names/held/${ofNamespace.id}/allow`, {}, 'POST');
  expect(sent.headers.get('x-csrf-token')).toBe('the token');
  sent.answer({ ...ofNamespace, state: 'allowed' });
  await screen.findByText('Allowed.');
});

test('asks the registry nothing for whoever is no operator', async () => {
  const { registry } = await start('/names', ada);
  await screen.findByRole('heading', { name: 'This is for operators' });
  expect(registry.requests).toHaveLength(1);
  expect(screen.queryByRole('link', { name: 'Names' })).toBeNull();
});

/** Shows what acme sent to a member of it, whose names were held. */
async function openOwn(names: HeldName[], role: components['schemas']['Role'] = 'owner') {
  const started = await start('/account/submissions?publisher=acme', ada);
  const { registry } = started;
  const mine = {
    publishers: memberships.slice(0, 1).map((one) => ({ ...one, namespace: 'acme', role })),
    invitations: [],
  };
  (await registry.request('/account/publishers')).answer(mine);
  (await registry.request('/publishers/acme/submissions')).answer({ submissions: [] });
  (await registry.request('/publishers/acme/names')).answer({ names });
  await screen.findByText('Nothing that acme sent is kept.');
  const isRefused = names.some(({ state }) => state === 'refused');
  if (isRefused) {
    // Who may appeal is asked for once more: it may have changed.
    await waitFor(() => {
      const asked = registry.requests.filter(({ url }) => url.pathname.endsWith('/publishers'));
      expect(asked).toHaveLength(2);
    });
    (await registry.request('/account/publishers')).answer(mine);
  }
  return started;
}

test('lets an owner appeal about a name that was refused, and about no other', async () => {
  const another = { ...refused, id: '9'.repeat(32), name: 'acme/greeter-3' };
  const { registry, user } = await openOwn([another, refused, ofModule]);
  const [waiting] = appeals;
  (await registry.request('/publishers/acme/appeals')).answer({
    appeals: [{ ...waiting, kind: 'name', subject: another.id }],
  });
  const section = within(await screen.findByRole('region', { name: 'Names that were held' }));
  const [first, second, third] = section.getAllByRole('listitem').map((row) => row.textContent);
  expect(first).toMatch(/^acme\/greeter-3.*An appeal waits for an operator\./);
  expect(second).toMatch(/^acme\/greeter-2.*it would be taken for quietworks\/greeter-1Appeal$/);
  expect(third).toMatch(/^acme\/invoces.*Waiting/);
  expect(section.getAllByRole('button')).toHaveLength(1);
  await user.click(section.getByRole('button', { name: 'Appeal about acme/greeter-2' }));
  await user.type(dialog().getByLabelText('What is wrong with the decision'), 'it greets');
  await user.click(dialog().getByRole('button', { name: 'Send the appeal' }));
  const sent = await registry.request('/publishers/acme/appeals', {}, 'POST');
  expect(await sent.sent()).toEqual({ kind: 'name', subject: refused.id, text: 'it greets' });
  sent.answer({}, 201);
  await section.findByText('An operator of this registry looks at it.');
});

test('offers no appeal to a reader', async () => {
  const { registry } = await openOwn([refused], 'reader');
  const section = within(await screen.findByRole('region', { name: 'Names that were held' }));
  section.getByText('it would be taken for quietworks/greeter-1');
  expect(section.queryByRole('button')).toBeNull();
  expect(registry.requests.some(({ url }) => url.pathname.endsWith('/appeals'))).toBe(false);
});

test('says nothing of names where none was held, and why they cannot be had', async () => {
  await openOwn([]);
  expect(screen.queryByRole('region', { name: 'Names that were held' })).toBeNull();
  const { registry } = await start('/account/submissions?publisher=acme', ada);
  (await registry.request('/account/publishers')).answer({ publishers: [], invitations: [] });
  const words = 'there is no publisher `acme`';
  (await registry.request('/publishers/acme/names')).answer(
    problem(404, 'not-found', 'Not found', words),
    404,
  );
  within(await screen.findByRole('alert')).getByText(paragraph(words));
});

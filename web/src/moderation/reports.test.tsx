import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { reports } from '../../fixtures/moderation';
import { ada, grace, nobody } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import type { Report } from '../api/moderation';
import { FakeRegistry, paragraph, renderSite } from '../testing';

function known(index: number): Report {
  const one = reports[index];
  if (!one) throw new Error(`the fixtures have no report ${index}`);
  return one;
}

const [first, second, , dismissed] = [known(0), known(1), known(2), known(3)];
const MODULE = { module: 'acme/invoices' };

async function start(address: string, session = grace) {
  const registry = new FakeRegistry();
  const site = renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, ...site, user: userEvent.setup() };
}

/** The reports of a module that wait, there. */
async function open(waiting = [first, second]) {
  const started = await start('/reports/acme/invoices');
  (await started.registry.request('/reports', MODULE)).answer({ reports: waiting });
  const list = within(await screen.findByRole('list', { name: 'Reports' }));
  return { ...started, list };
}

const dialog = () => within(screen.getByRole('dialog'));

test('lists the reported modules as the registry has them, with how many say what', async () => {
  const { registry, user, address } = await start('/reports');
  (await registry.request('/reports/modules')).answer({
    modules: [
      { ...MODULE, open: 3, accounts: 2, malware: 1, first_at: first.sent_at },
      { module: 'a/b', open: 1, accounts: 0, malware: 0, first_at: first.sent_at },
    ],
  });
  const list = within(await screen.findByRole('list', { name: 'Reported modules' }));
  const [worst, other] = list.getAllByRole('listitem').map((row) => row.textContent);
  expect(worst).toMatch(
    /^acme\/invoices1 says that it does harm3 reports waitfrom 2 accountsThe first .*2026/,
  );
  expect(other).toMatch(/^a\/b1 report waitsThe first/);
  await user.click(list.getByRole('link', { name: 'acme/invoices' }));
  await screen.findByRole('heading', { level: 1, name: 'Reports of acme/invoices' });
  expect(address()).toBe('/reports/acme/invoices');
});

test('says that nothing waits', async () => {
  const { registry } = await start('/reports');
  (await registry.request('/reports/modules')).answer({ modules: [] });
  await screen.findByText('No report waits.');
});

test('shows the modules of the next page after those of the first', async () => {
  const { registry, user } = await start('/reports');
  const reported = (name: string) => ({
    module: `acme/${name}`,
    open: 1,
    accounts: 0,
    malware: 0,
    first_at: first.sent_at,
  });
  const after = `1-${first.id}`;
  (await registry.request('/reports/modules')).answer({ modules: [reported('one')], next: after });
  await user.click(await screen.findByRole('button', { name: 'Show more' }));
  (await registry.request('/reports/modules', { after })).answer({ modules: [reported('two')] });
  expect((await screen.findByRole('link', { name: /acme\/two/ })).textContent).toContain('two');
  expect(screen.getByRole('link', { name: /acme\/one/ }).textContent).toContain('one');
});

test('says what failed, and tries again', async () => {
  const { registry, user } = await start('/reports');
  (await registry.request('/reports/modules')).answer(
    problem(503, 'unavailable', 'Temporarily unavailable', 'the database does not answer'),
    503,
  );
  await screen.findByText('the database does not answer');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  (await registry.request('/reports/modules')).answer({ modules: [] });
  await screen.findByText('No report waits.');
});

test('asks the registry nothing for whoever is no operator', async () => {
  for (const address of ['/reports', '/reports/acme/invoices']) {
    const { registry } = await start(address, ada);
    await screen.findAllByRole('heading', { name: 'This is for operators' });
    expect(registry.requests).toHaveLength(1);
    expect(screen.queryByRole('link', { name: 'Reports' })).toBeNull();
  }
});

test('asks whoever is not signed in to do so', async () => {
  const { registry } = await start('/reports', nobody);
  await screen.findByRole('heading', { name: 'You are not signed in' });
  expect(registry.requests).toHaveLength(1);
});

test('shows what was said, of which version, when and by whom', async () => {
  const { list } = await open();
  const [one, other] = list.getAllByRole('listitem').map((row) => row.textContent);
  expect(one).toMatch(
    /^It harms whoever runs itVersion 1\.2\.0Sent November 21.*Signed in as b{32}It sends the names/,
  );
  expect(other).toMatch(
    /^It pretends .*No version named.*an address that nobody proved: eve@example\.orgIt looks/,
  );
  const to = screen.getByRole('link', { name: 'Go to the module' }).getAttribute('href');
  expect(to).toBe('/modules/acme/invoices');
});

test('goes on where a page ends, with the focus on what is new', async () => {
  const { registry, user } = await start('/reports/acme/invoices');
  (await registry.request('/reports', MODULE)).answer({ reports: [first], next: first.id });
  await user.click(await screen.findByRole('button', { name: 'Show more' }));
  (await registry.request('/reports', { ...MODULE, after: first.id })).answer({
    reports: [second],
  });
  await waitFor(() => {
    expect(document.activeElement?.textContent).toBe('It pretends to be somebody else’s');
  });
});

test('shows what was decided, and nothing to decide on it any more', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('radio', { name: 'Dismissed' }));
  (await registry.request('/reports', { ...MODULE, state: 'dismissed' })).answer({
    reports: [dismissed],
  });
  await screen.findByText('that is no reason');
  screen.getByText('Not signed in');
  expect(screen.queryByRole('button', { name: /^Confirm/ })).toBeNull();
});

test('confirms a report and does nothing besides, unless something is chosen', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('button', { name: /^Confirm the report of November 21/ }));
  expect(dialog().queryByLabelText('Version')).toBeNull();
  await user.type(dialog().getByLabelText('Reason'), 'it does{Enter}');
  const sent = await registry.request(`/reports/${first.id}/confirm`, {}, 'POST');
  expect(await sent.sent()).toEqual({ act: 'nothing', all: false, reason: 'it does' });
  expect(sent.headers.get('x-csrf-token')).toBe('the token');
  sent.answer({ ...first, state: 'confirmed' });
  const told = await screen.findByText('Confirmed, and done.');
  await waitFor(() => {
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(document.activeElement).toBe(told);
  });
  (await registry.request('/reports', MODULE)).answer({ reports: [] });
  await screen.findByText('No report of this module waits.');
});

test('warns of what cannot be undone, and revokes the version that the report names', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('button', { name: /^Confirm the report of November 21/ }));
  await user.click(dialog().getByRole('radio', { name: /^Revoke a version/ }));
  dialog().getByText(/^This cannot be undone for whoever uses it/);
  expect(dialog().getByLabelText<HTMLInputElement>('Version').value).toBe('1.2.0');
  await user.click(dialog().getByRole('radio', { name: /^Every one of this module/ }));
  await user.type(dialog().getByLabelText('Reason'), 'it steals{Enter}');
  const sent = await registry.request(`/reports/${first.id}/confirm`, {}, 'POST');
  expect(await sent.sent()).toEqual({
    act: 'revoke',
    all: true,
    reason: 'it steals',
    version: '1.2.0',
  });
});

test('asks for the version where the report names none, and for none of a whole module', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('button', { name: /^Confirm the report of November 22/ }));
  await user.click(dialog().getByRole('radio', { name: /^Put a version into quarantine/ }));
  expect(dialog().getByLabelText<HTMLInputElement>('Version').required).toBe(true);
  await user.type(dialog().getByLabelText('Version'), '9.9.9');
  await user.click(dialog().getByRole('radio', { name: /^Put the whole module/ }));
  expect(dialog().queryByLabelText('Version')).toBeNull();
  dialog().getByText(/the log keeps one for each version/);
  await user.type(dialog().getByLabelText('Reason'), 'a copy{Enter}');
  const sent = await registry.request(`/reports/${second.id}/confirm`, {}, 'POST');
  expect(await sent.sent()).toEqual({ act: 'quarantine-module', all: false, reason: 'a copy' });
});

test('keeps the question open, and what was typed, when the registry refuses', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('button', { name: /^Dismiss the report of November 21/ }));
  await user.type(dialog().getByLabelText('Reason'), 'it is not so{Enter}');
  const sent = await registry.request(`/reports/${first.id}/dismiss`, {}, 'POST');
  expect(await sent.sent()).toEqual({ all: false, reason: 'it is not so' });
  const words = 'the report is `confirmed` already';
  sent.answer(problem(409, 'report-decided', 'Decided already', words), 409);
  await dialog().findByText(paragraph(words));
  expect(dialog().getByLabelText<HTMLInputElement>('Reason').value).toBe('it is not so');
  await user.click(dialog().getByRole('button', { name: 'Not now' }));
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(screen.queryByText('Dismissed.')).toBeNull();
});

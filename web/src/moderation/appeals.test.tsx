import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { appeals } from '../../fixtures/moderation';
import { ada, grace } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { memberships } from '../../fixtures/submissions';
import type { Appeal } from '../api/moderation';
import { FakeRegistry, paragraph, renderSite } from '../testing';

function known(index: number): Appeal {
  const one = appeals[index];
  if (!one) throw new Error(`the fixtures have no appeal ${index}`);
  return one;
}

const [ofVersion, ofModule, ofName, denied] = [known(0), known(1), known(2), known(3)];

async function start(address: string, session = grace) {
  const registry = new FakeRegistry();
  renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, user: userEvent.setup() };
}

async function open() {
  const started = await start('/appeals');
  const first = await started.registry.request('/appeals');
  expect(first.url.search).toBe('');
  first.answer({ appeals: [ofVersion, ofModule, ofName] });
  const list = within(await screen.findByRole('list', { name: 'Appeals' }));
  return { ...started, list };
}

const dialog = () => within(screen.getByRole('dialog'));

test('shows operators what is said and whose it is, and links to what it is about where that has a page', async () => {
  const { list } = await open();
  const to = list.getAllByRole('link').map((link) => link.getAttribute('href'));
  expect(to).toEqual(['/modules/acme/invoices/1.2.0', '/modules/acme/greeter']);
  const rows = list.getAllByRole('listitem').map((row) => row.textContent);
  expect(rows[0]).toMatch(
    /^About acme\/invoices 1\.2\.0Waiting.*for acmeby account:a{32}The host is ours/,
  );
  expect(rows[2]).toMatch(/^About the name invoicessWaiting.*by Eve <eve@example\.org>The name/);
});

test('shows those that were answered, with the answer', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('radio', { name: 'Denied' }));
  (await registry.request('/appeals', { state: 'denied' })).answer({ appeals: [denied] });
  await screen.findByText('the host is in the package still');
  const link = screen.getByRole('link', { name: 'the submission of acme/invoices 1.1.9' });
  expect(link.getAttribute('href')).toBe(`/review/${denied.subject}`);
  expect(screen.queryByRole('button', { name: /^Grant/ })).toBeNull();
});

test('goes on where a page ends, with the focus on what is new', async () => {
  const { registry, user } = await start('/appeals');
  (await registry.request('/appeals')).answer({ appeals: [ofVersion], next: ofVersion.id });
  await user.click(await screen.findByRole('button', { name: 'Show more' }));
  (await registry.request('/appeals', { after: ofVersion.id })).answer({ appeals: [ofModule] });
  await waitFor(() => {
    expect(document.activeElement?.textContent).toBe('About acme/greeter');
  });
});

test('says what is undone, grants, and has the focus where it says so', async () => {
  const { registry, user } = await open();
  await user.click(
    screen.getByRole('button', { name: 'Grant the appeal about acme/invoices 1.2.0' }),
  );
  const question = dialog().getByText(/takedown of the version ends with this/).textContent;
  expect(question).toMatch(/^About acme\/invoices 1\.2\.0\. The quarantine/);
  await user.type(dialog().getByLabelText('Reason'), 'the README names it{Enter}');
  const sent = await registry.request(`/appeals/${ofVersion.id}/grant`, {}, 'POST');
  expect(await sent.sent()).toEqual({ reason: 'the README names it' });
  expect(sent.headers.get('x-csrf-token')).toBe('the token');
  sent.answer({ ...ofVersion, state: 'granted' });
  const told = await screen.findByText('Granted. What it was about is undone.');
  await waitFor(() => {
    expect(document.activeElement).toBe(told);
  });
  (await registry.request('/appeals')).answer({ appeals: [] });
  await screen.findByText('No appeal waits.');
});

test('keeps the question open where it cannot be undone, and denies', async () => {
  const { registry, user } = await open();
  await user.click(screen.getByRole('button', { name: 'Grant the appeal about acme/greeter' }));
  await user.type(dialog().getByLabelText('Reason'), 'so be it{Enter}');
  (await registry.request(`/appeals/${ofModule.id}/grant`, {}, 'POST')).answer(
    problem(409, 'revoked', 'Revoked', 'a version of it is revoked'),
    409,
  );
  await dialog().findByText('a version of it is revoked');
  await user.click(dialog().getByRole('button', { name: 'Not now' }));
  await user.click(screen.getByRole('button', { name: 'Deny the appeal about acme/greeter' }));
  dialog().getByText(/It stays as it was decided\./);
  await user.type(dialog().getByLabelText('Reason'), 'it steals{Enter}');
  const sent = await registry.request(`/appeals/${ofModule.id}/deny`, {}, 'POST');
  expect(await sent.sent()).toEqual({ reason: 'it steals' });
  sent.answer({ ...ofModule, state: 'denied' });
  await screen.findByText('Denied.');
});

test('asks the registry nothing for whoever is no operator', async () => {
  const { registry } = await start('/appeals', ada);
  await screen.findByRole('heading', { name: 'This is for operators' });
  expect(registry.requests).toHaveLength(1);
});

async function openOwn(own: Appeal[]) {
  const started = await start('/account/appeals?publisher=acme', ada);
  const { registry } = started;
  (await registry.request('/account/publishers')).answer({
    publishers: memberships,
    invitations: [],
  });
  (await registry.request('/publishers/acme/appeals')).answer({ appeals: own });
  return started;
}

test('shows a publisher its appeals with the answers, and nothing to decide', async () => {
  await openOwn([denied, ofVersion]);
  const list = within(await screen.findByRole('list', { name: 'Appeals' }));
  const [answered, waiting] = list.getAllByRole('listitem').map((row) => row.textContent);
  expect(answered).toMatch(/Denied.*It sends nothing any more.*the host is in the package still$/);
  expect(waiting).toMatch(/Waiting/);
  const link = list.getByRole('link', { name: 'the submission of acme/invoices 1.1.9' });
  expect(link.getAttribute('href')).toBe(`/submissions/${denied.subject}`);
  expect(list.queryByRole('button')).toBeNull();
});

test('shows people their own appeals, and lets them appeal for a namespace, of a publisher or not', async () => {
  const { registry, user } = await start('/account/appeals', ada);
  (await registry.request('/account/publishers')).answer({ publishers: [], invitations: [] });
  const own = { ...ofName, person: null, state: 'denied', reason: 'it is somebody’s' };
  (await registry.request('/account/appeals')).answer({ appeals: [own] });
  const list = within(await screen.findByRole('list', { name: 'Your own' }));
  const row = list.getByRole('listitem').textContent;
  expect(row).toMatch(/^About the name invoicessDenied.*it is somebody’s$/);
  await screen.findByText('You are a member of no publisher.');

  await user.click(screen.getByRole('button', { name: 'Appeal for a namespace' }));
  await user.type(dialog().getByLabelText('Namespace'), ' ledgerlime ');
  const text = dialog().getByLabelText<HTMLTextAreaElement>('Why it should be yours');
  expect(text.maxLength).toBe(4000);
  await user.type(text, 'It is our fruit.');
  await user.click(dialog().getByRole('button', { name: 'Send the appeal' }));
  const refused = await registry.request('/account/appeals', {}, 'POST');
  expect(refused.headers.get('x-csrf-token')).toBe('the token');
  expect(await refused.sent()).toEqual({ namespace: 'ledgerlime', text: 'It is our fruit.' });
  const words = 'you have not asked for the namespace `ledgerlime`';
  refused.answer(problem(404, 'not-found', 'Not found', words), 404);
  await dialog().findByText(paragraph(words));
  expect(text.value).toBe('It is our fruit.');

  await user.click(dialog().getByRole('button', { name: 'Send the appeal' }));
  await waitFor(() => {
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });
  (await registry.request('/account/appeals', {}, 'POST')).answer(ofName, 201);
  const told = await screen.findByText('An operator of this registry looks at it.');
  await waitFor(() => {
    expect(document.activeElement).toBe(told);
  });
  (await registry.request('/account/appeals')).answer({ appeals: [ofVersion, own] });
  await waitFor(() => {
    expect(list.getAllByRole('listitem')).toHaveLength(2);
  });
});

test('keeps the publishers’ appeals where a person’s own cannot be had', async () => {
  const { registry } = await openOwn([ofVersion]);
  (await registry.request('/account/appeals')).answer(
    problem(503, 'unavailable', 'Temporarily unavailable', 'a part does not answer'),
    503,
  );
  within(await screen.findByRole('alert')).getByText('a part does not answer');
  await screen.findByRole('list', { name: 'Appeals' });
});

test('tells a publisher that has not appealed how to', async () => {
  await openOwn([]);
  await screen.findByText('Nobody has appealed for acme.');
});

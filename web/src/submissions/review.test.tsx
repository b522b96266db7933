import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { ada, grace, nobody } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { diff, memberships, sent, SubmissionsFixture } from '../../fixtures/submissions';
import type { Submission } from '../api/submissions';
import { FakeRegistry, renderSite } from '../testing';

function known(index: number): Submission {
  const one = sent[index];
  if (!one) throw new Error(`the fixtures have no submission ${index}`);
  return one;
}

const [waiting, harmful, staged] = [known(0), known(1), known(3)];

async function start(address: string, session = grace) {
  const registry = new FakeRegistry();
  const site = renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, ...site, user: userEvent.setup() };
}

/** The page of one submission, with all that it asks for answered. */
async function open(one: Submission, base: '/review' | '/submissions' = '/review') {
  const started = await start(`${base}/${one.id}`, base === '/review' ? grace : ada);
  const { registry } = started;
  const fixture = new SubmissionsFixture('operator');
  const path = `/submissions/${one.id}`;
  const detail = fixture.answer('GET', path, new URLSearchParams(), {})?.body;
  (await registry.request(path)).answer(detail);
  (await registry.request(`${path}/diff`)).answer(diff);
  if (base === '/review') (await registry.request('/publishers/acme/review')).answer({});
  await screen.findByRole('heading', { level: 1, name: `${one.module} ${one.version}` });
  return { ...started, path };
}

const rows = () =>
  within(screen.getByRole('list', { name: 'Sent versions' }))
    .getAllByRole('listitem')
    .map((row) => within(row).getByRole('link').textContent);

test('asks for what waits, and for another state by the address', async () => {
  const { registry, user } = await start('/review');
  const first = await registry.request('/submissions');
  expect(first.url.search).toBe('');
  first.answer({ submissions: [waiting, harmful] });
  await waitFor(() => {
    expect(rows()).toEqual(['acme/invoices 1.3.0', 'quietworks/shift-planner 1.0.0']);
  });
  screen.getByText('2 warnings, 1 note');
  await user.click(screen.getByRole('radio', { name: 'Rejected' }));
  (await registry.request('/submissions', { state: 'rejected' })).answer({ submissions: [] });
  await screen.findByText('There is none.');
});

test('goes on where a page ends, with the focus on what is new', async () => {
  const { registry, user } = await start('/review');
  (await registry.request('/submissions')).answer({ submissions: [waiting], next: waiting.id });
  await user.click(await screen.findByRole('button', { name: 'Show more' }));
  (await registry.request('/submissions', { after: waiting.id })).answer({
    submissions: [harmful],
  });
  await waitFor(() => {
    expect(document.activeElement?.textContent).toBe('quietworks/shift-planner 1.0.0');
  });
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
});

test('asks the registry for a cause, on every page', async () => {
  const { registry, user } = await start('/review');
  (await registry.request('/submissions')).answer({ submissions: [harmful] });
  await user.click(await screen.findByRole('radio', { name: 'Price' }));
  (await registry.request('/submissions', { cause: 'price' })).answer({
    submissions: [waiting],
    next: waiting.id,
  });
  await user.click(await screen.findByRole('button', { name: 'Show more' }));
  const next = await registry.request('/submissions', { cause: 'price', after: waiting.id });
  next.answer({ submissions: [] });
  await waitFor(() => {
    expect(rows()).toEqual(['acme/invoices 1.3.0']);
  });
  await user.click(screen.getByRole('radio', { name: 'Everything is reviewed' }));
  (await registry.request('/submissions', { cause: 'always' })).answer({ submissions: [] });
  await screen.findByText('There is none.');
});

test('asks the registry for what a publisher sent that came so far', async () => {
  const { registry, user } = await start('/account/submissions?publisher=acme', ada);
  (await registry.request('/account/publishers')).answer({
    publishers: memberships,
    invitations: [],
  });
  (await registry.request('/publishers/acme/submissions')).answer({ submissions: [waiting] });
  await user.click(await screen.findByRole('radio', { name: 'Released' }));
  const asked = await registry.request('/publishers/acme/submissions', { state: 'released' });
  asked.answer({ submissions: [] });
  await screen.findByText('There is none.');
});

test('says that nothing waits', async () => {
  const { registry } = await start('/review');
  (await registry.request('/submissions')).answer({ submissions: [] });
  await screen.findByText('Nothing waits.');
});

test('asks the registry nothing for whoever is no operator', async () => {
  const { registry } = await start('/review', ada);
  await screen.findByRole('heading', { name: 'This is for operators' });
  expect(registry.requests).toHaveLength(1);
  expect(screen.queryByRole('link', { name: 'Review' })).toBeNull();
});

test('lets a submission pass, with the token of the session and a word if there is one', async () => {
  const { registry, user, path } = await open(waiting);
  await user.click(screen.getByRole('button', { name: 'Approve' }));
  const dialog = within(screen.getByRole('dialog', { name: 'Let acme/invoices 1.3.0 pass?' }));
  await user.click(dialog.getByRole('button', { name: 'Let it pass' }));
  const approved = await registry.request(`${path}/approve`, {}, 'POST');
  expect(await approved.sent()).toEqual({});
  expect(approved.headers.get('x-csrf-token')).toBe('the token');
  approved.answer({});
  await waitFor(() => {
    expect(screen.queryByRole('dialog')).toBeNull();
  });
  const asked = registry.requests.filter(({ url }) => url.pathname === `/api/v1${path}`);
  expect(asked).toHaveLength(2);
  asked.at(-1)?.answer({ submission: { ...waiting, state: 'released' }, events: [] });
  await screen.findByText('It is decided.');
  expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
});

test('keeps the question open, and what was typed, when the registry refuses', async () => {
  const { registry, user, path } = await open(waiting);
  await user.click(screen.getByRole('button', { name: 'Reject' }));
  const dialog = within(screen.getByRole('dialog'));
  await user.type(dialog.getByLabelText('Reason'), 'asks for too much{Enter}');
  const rejected = await registry.request(`${path}/reject`, {}, 'POST');
  expect(await rejected.sent()).toEqual({ reason: 'asks for too much' });
  const words = 'a reason has 1 to 500 characters';
  rejected.answer(problem(422, 'invalid', 'Not valid', words), 422);
  await dialog.findByText(words);
  expect(dialog.getByLabelText<HTMLInputElement>('Reason').value).toBe('asks for too much');
  await user.click(dialog.getByRole('button', { name: 'Not now' }));
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('warns an operator who is about to let something harmful pass', async () => {
  const { registry, user } = await start(`/review/${harmful.id}`);
  (await registry.request(`/submissions/${harmful.id}`)).answer({
    submission: harmful,
    events: [],
  });
  await user.click(await screen.findByRole('button', { name: 'Approve' }));
  within(screen.getByRole('dialog')).getByText(/knows something in it to be harmful/);
});

test('leaves to an owner what an owner confirms', async () => {
  const { registry, user, path } = await open(staged, '/submissions');
  await user.click(screen.getByRole('button', { name: 'Confirm' }));
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Confirm' }));
  (await registry.request(`${path}/confirm`, {}, 'POST')).answer({});
});

test('offers an operator no approval of what waits for an owner', async () => {
  await open(staged);
  screen.getByRole('button', { name: 'Reject' });
  expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
});

test('shows what is new and what is gone in words as well as in colour', async () => {
  await open(waiting);
  const changes = within(screen.getByRole('region', { name: 'What it changes' }));
  const added = changes.getByText('https://rates.example').closest('li');
  expect(added?.textContent).toBe('+new: https://rates.example');
  expect(changes.getByText('blob').closest('li')?.textContent).toBe('−gone: blob');
  expect(changes.getByText(/^- +"blob",$/).className).toBe('removed');
  changes.getByText('Compared with 1.2.0, the release that people have now.', { exact: false });
});

test('says that a package is not kept any more', async () => {
  const { registry } = await start(`/submissions/${waiting.id}`, ada);
  const path = `/submissions/${waiting.id}`;
  (await registry.request(path)).answer({ submission: waiting, events: [] });
  (await registry.request(`${path}/diff`)).answer(
    problem(404, 'not-found', 'Not found', 'the package of this submission is not kept'),
    404,
  );
  await screen.findByText(/Its package is not kept any more/);
});

test('shows each step with who, when and why', async () => {
  const { registry } = await start(`/submissions/${waiting.id}`, ada);
  const at = '2026-11-28T12:00:00Z';
  (await registry.request(`/submissions/${waiting.id}`)).answer({
    submission: waiting,
    events: [
      { number: 1, kind: 'became', state: 'in-review', at, side: 'registry' },
      { number: 2, kind: 'question', at, side: 'operator', text: 'Why\nthis host?' },
    ],
  });
  const journey = within(await screen.findByRole('region', { name: 'What happened' }));
  const steps = journey.getAllByRole('listitem').map((step) => step.textContent);
  expect(steps[0]).toMatch(/^It waits for an operatorThe registry.*2026/);
  expect(steps[1]).toMatch(/^QuestionAn operator.*Why\nthis host\?$/s);
});

test('says so where there is no such submission', async () => {
  const { registry } = await start('/submissions/0123', ada);
  (await registry.request('/submissions/0123')).answer({ title: 'Not found' }, 404);
  await screen.findByRole('heading', { level: 1, name: 'There is no such submission' });
});

test('asks nothing as long as nobody is signed in', async () => {
  const { registry } = await start(`/submissions/${waiting.id}`, nobody);
  await screen.findByRole('heading', { name: 'You are not signed in' });
  expect(registry.requests).toHaveLength(1);
});

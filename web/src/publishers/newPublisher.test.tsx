import { screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { ada, grace } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { adas } from '../../fixtures/publishers';
import { FakeRegistry, paragraph, renderSite } from '../testing';

async function start(address = '/account/publishers/new', session: typeof grace = ada) {
  const registry = new FakeRegistry();
  const site = renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, ...site, user: userEvent.setup() };
}

/** Fills the form in and sends it. */
async function fill({ registry, user }: Awaited<ReturnType<typeof start>>) {
  await user.type(await screen.findByLabelText('Namespace'), ' ada ');
  await user.type(screen.getByLabelText('Display name'), 'Ada');
  await user.click(screen.getByRole('radio', { name: /^A person’s/ }));
  await user.click(screen.getByRole('button', { name: 'Make the publisher' }));
  return registry.request('/publishers', {}, 'POST');
}

test('makes a publisher, shows its token once and leads to its page', async () => {
  const site = await start();
  const asked = await fill(site);
  expect(asked.headers.get('x-csrf-token')).toBe('the token');
  expect(await asked.sent()).toEqual({ namespace: 'ada', display_name: 'Ada', kind: 'person' });
  asked.answer({ publisher: adas.publisher, token: 'adx_p_secret' }, 201);
  const done = await screen.findByText('The publisher ada is made. This is its first token.');
  expect(document.activeElement).toBe(done);
  screen.getByText('adx_p_secret');
  screen.getByRole('button', { name: 'Copy login command' });
  expect(screen.queryByLabelText('Namespace')).toBeNull();
  await site.user.click(screen.getByRole('link', { name: 'Go to ada' }));
  await site.registry.request('/publishers/ada');
  expect(site.address()).toBe('/account/publishers/ada');
  expect(screen.queryByText('adx_p_secret')).toBeNull();
});

test('says what can be done where publishers are made by others', async () => {
  const asked = await fill(await start());
  const words = 'only an operator may do this';
  asked.answer(problem(403, 'forbidden', 'Forbidden', words), 403);
  await screen.findByText(words);
  screen.getByText(/made by whoever runs it/);
  expect(screen.getByLabelText<HTMLInputElement>('Display name').value).toBe('Ada');
});

test('leads to the appeals where the name is held', async () => {
  const asked = await fill(await start());
  const [words, hint] = ['`ada` resembles `adda`', 'You get a letter. Or choose another name.'];
  asked.answer(problem(409, 'name-held', 'Name is held', words, hint), 409);
  await screen.findByText(paragraph(words));
  screen.getByText(hint);
  const link = screen.getByRole('link', { name: 'Go to the appeals' });
  expect(link.getAttribute('href')).toBe('/account/appeals');
});

test('leads to no appeal where the name is taken', async () => {
  const asked = await fill(await start());
  const words = 'the namespace `ada` is taken';
  asked.answer(problem(409, 'namespace-taken', 'Namespace taken', words), 409);
  await screen.findByText(paragraph(words));
  expect(screen.queryByRole('link', { name: 'Go to the appeals' })).toBeNull();
});

test('says to operators for whom they make it', async () => {
  await start('/account/publishers/new', grace);
  await screen.findByText(/is for others, and you are no member of it/);
});

test('is led to by the account of somebody who is in no publisher', async () => {
  const { registry, user, address } = await start('/account');
  (await registry.request('/account/publishers')).answer({ publishers: [], invitations: [] });
  await screen.findByText('You are a member of no publisher.');
  await user.click(screen.getByRole('link', { name: 'New publisher' }));
  expect(address()).toBe('/account/publishers/new');
});

import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { modules } from '../../fixtures/catalogue';
import { appeals } from '../../fixtures/moderation';
import { ada, nobody } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { memberships, sent } from '../../fixtures/submissions';
import type { SessionState } from '../api/accounts';
import type { components } from '../api/schema';
import { FakeRegistry, renderSite } from '../testing';

type Role = components['schemas']['Role'];

const hello = (() => {
  const found = modules.find(({ module }) => module === 'adx/hello');
  if (!found) throw new Error('the catalogue has no adx/hello');
  return found;
})();
const rejected = (() => {
  const found = sent.find(({ state }) => state === 'rejected');
  if (!found) throw new Error('the fixtures have nothing that was rejected');
  return found;
})();
const quarantined = { ...hello, quarantined_for: 'it steals' };
const [latest, ...older] = hello.versions;
const takenDown = problem(451, 'taken-down', 'Taken down', 'it was taken down: so a court says');

/** Somebody who is a member of a namespace in a role. */
const member = (namespace: string, role: Role) => ({
  publishers: memberships.slice(0, 1).map((one) => ({ ...one, namespace, role })),
  invitations: [],
});

async function start(address: string, session: SessionState = ada) {
  const registry = new FakeRegistry();
  renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, user: userEvent.setup() };
}

const dialog = () => within(screen.getByRole('dialog'));

/** Sends an appeal, and gives what the registry is asked. */
async function send({ registry, user }: Awaited<ReturnType<typeof start>>, namespace: string) {
  await user.click(await screen.findByRole('button', { name: 'Appeal' }));
  await user.type(dialog().getByLabelText('What is wrong with the decision'), 'it does not');
  await user.click(dialog().getByRole('button', { name: 'Send the appeal' }));
  return registry.request(`/publishers/${namespace}/appeals`, {}, 'POST');
}

test('lets an owner appeal about a module that is withheld, once', async () => {
  const started = await start('/modules/adx/hello');
  const { registry } = started;
  (await registry.request('/modules/adx/hello')).answer(quarantined);
  (await registry.request('/account/publishers')).answer(member('adx', 'owner'));
  (await registry.request('/publishers/adx/appeals')).answer({ appeals });
  const asked = await send(started, 'adx');
  expect(asked.headers.get('x-csrf-token')).toBe('the token');
  expect(await asked.sent()).toEqual({
    kind: 'module',
    subject: 'adx/hello',
    text: 'it does not',
  });
  asked.answer({}, 201);
  const told = await screen.findByText('An operator of this registry looks at it.');
  await waitFor(() => {
    expect(document.activeElement).toBe(told);
  });
  expect(screen.queryByRole('button', { name: 'Appeal' })).toBeNull();
  const list = screen.getByRole('link', { name: 'Appeals of adx' });
  expect(list.getAttribute('href')).toBe('/account/appeals?publisher=adx');
});

test('appeals about a version that is withheld by itself', async () => {
  const started = await start('/modules/adx/hello');
  const { registry } = started;
  const versions = latest ? [{ ...latest, quarantined_for: 'it steals' }, ...older] : [];
  (await registry.request('/modules/adx/hello')).answer({ ...hello, versions });
  (await registry.request('/account/publishers')).answer(member('adx', 'maintainer'));
  (await registry.request('/publishers/adx/appeals')).answer({ appeals: [] });
  const asked = await send(started, 'adx');
  expect(await asked.sent()).toMatchObject({
    kind: 'version',
    subject: `adx/hello@${hello.latest}`,
  });
});

test('says that an appeal waits already', async () => {
  const { registry } = await start('/modules/adx/hello');
  (await registry.request('/modules/adx/hello')).answer(quarantined);
  (await registry.request('/account/publishers')).answer(member('adx', 'owner'));
  const [waiting] = appeals;
  (await registry.request('/publishers/adx/appeals')).answer({
    appeals: [{ ...waiting, kind: 'module', subject: 'adx/hello' }],
  });
  await screen.findByText('An appeal waits for an operator.');
  expect(screen.queryByRole('button', { name: 'Appeal' })).toBeNull();
});

test('offers it to nobody else', async () => {
  for (const [session, answer] of [
    [nobody, undefined],
    [ada, member('adx', 'reader')],
    [ada, member('acme', 'owner')],
  ] as const) {
    const { registry } = await start('/modules/adx/hello', session);
    (await registry.request('/modules/adx/hello')).answer(quarantined);
    if (answer) (await registry.request('/account/publishers')).answer(answer);
    await screen.findAllByText(/withholds the whole module/);
    expect(screen.queryByRole('button', { name: 'Appeal' })).toBeNull();
    expect(registry.requests.some(({ url }) => url.pathname.endsWith('/appeals'))).toBe(false);
  }
});

test('asks nothing more about a module that nobody withholds', async () => {
  const { registry } = await start('/modules/adx/hello');
  (await registry.request('/modules/adx/hello')).answer(hello);
  await screen.findByRole('heading', { level: 1, name: 'Hello' });
  expect(registry.requests.some(({ url }) => url.pathname.includes('publishers'))).toBe(false);
});

test('finds out whether a version was taken down, or its module', async () => {
  const started = await start('/modules/adx/hello/1.0.0');
  const { registry } = started;
  (await registry.request('/modules/adx/hello')).answer(takenDown, 451);
  (await registry.request('/account/publishers')).answer(member('adx', 'owner'));
  (await registry.request('/publishers/adx/appeals')).answer({ appeals: [] });
  const asked = await send(started, 'adx');
  expect(await asked.sent()).toMatchObject({ kind: 'version', subject: 'adx/hello@1.0.0' });
  asked.answer(
    problem(409, 'nothing-decided', 'Nothing to appeal against', 'appeal for the module'),
    409,
  );
  await waitFor(async () => {
    const again = await registry.request('/publishers/adx/appeals', {}, 'POST');
    expect(await again.sent()).toMatchObject({ kind: 'module', subject: 'adx/hello' });
    again.answer({}, 201);
  });
  await screen.findByText('An operator of this registry looks at it.');
});

test('appeals about a submission that an operator rejected, and keeps what was typed', async () => {
  const started = await start(`/submissions/${rejected.id}`);
  const { registry } = started;
  (await registry.request(`/submissions/${rejected.id}`)).answer({
    submission: rejected,
    events: [],
  });
  (await registry.request('/account/publishers')).answer(member('acme', 'owner'));
  (await registry.request('/publishers/acme/appeals')).answer({ appeals: [] });
  const asked = await send(started, 'acme');
  expect(await asked.sent()).toMatchObject({ kind: 'submission', subject: rejected.id });
  const words = 'the package of that submission is not kept any more';
  asked.answer(problem(409, 'not-kept', 'Not kept any more', words), 409);
  await dialog().findByText(words);
  const text = dialog().getByLabelText<HTMLTextAreaElement>('What is wrong with the decision');
  expect(text.value).toBe('it does not');
  expect(text.maxLength).toBe(4000);
});

test('offers no appeal against what the checks refused', async () => {
  const { registry } = await start(`/submissions/${rejected.id}`);
  (await registry.request(`/submissions/${rejected.id}`)).answer({
    submission: { ...rejected, decided_by: 'registry' },
    events: [],
  });
  await screen.findByRole('heading', { level: 1 });
  expect(registry.requests.some(({ url }) => url.pathname.includes('publishers'))).toBe(false);
});

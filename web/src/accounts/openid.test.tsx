import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { problem } from '../../fixtures/problem';
import type { SessionState } from '../api/accounts';
import { leave } from '../lib/leave';
import { FakeRegistry, renderSite } from '../testing';

vi.mock('../lib/leave', () => ({ leave: vi.fn() }));

beforeEach(() => {
  vi.mocked(leave).mockClear();
});

const nobody: SessionState = {
  account: null,
  csrf_token: null,
  openid: 'Example ID',
  passkeys: false,
  passwords: true,
  needs_second_factor: false,
  is_proven: false,
};
const ada: SessionState = {
  account: {
    id: 'a'.repeat(32),
    email: 'ada@example.org',
    name: 'Ada Löwe',
    is_operator: false,
    has_password: true,
    has_second_factor: false,
    has_one_time_passwords: false,
    has_passkeys: false,
    recovery_codes_left: 0,
    created_at: '2026-01-02T03:04:05Z',
  },
  csrf_token: 'the token',
  openid: 'Example ID',
  passkeys: false,
  passwords: true,
  needs_second_factor: false,
  is_proven: false,
};
const identity = {
  id: 'b'.repeat(32),
  issuer: 'https://id.example.org/tenant',
  connected_at: '2026-01-02T03:04:05Z',
};

async function start(address: string, session: SessionState) {
  const registry = new FakeRegistry();
  renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, user: userEvent.setup() };
}

async function startAccount(session: SessionState, address = '/account') {
  const started = await start(address, session);
  (await started.registry.request('/account/sessions')).answer({ sessions: [] });
  (await started.registry.request('/account/identities')).answer({ identities: [identity] });
  return started;
}

const begun = { address: 'https://id.example.org/authorize?state=1' };

test('goes to the provider to sign in', async () => {
  const { registry, user } = await start('/sign-in', nobody);
  await user.click(await screen.findByRole('button', { name: 'Sign in with Example ID' }));
  const asked = await registry.request('/session/openid', {}, 'POST');
  expect(await asked.sent()).toEqual({});
  expect(asked.headers.get('x-csrf-token')).toBeNull();
  asked.answer(begun, 201);
  await waitFor(() => {
    expect(leave).toHaveBeenCalledExactlyOnceWith(begun.address);
  });
});

test('offers no provider where there is none', async () => {
  await start('/sign-in', { ...nobody, openid: null });
  expect(await screen.findByLabelText('Mail address')).toBeTruthy();
  expect(screen.queryByRole('button', { name: /^Sign in with/ })).toBeNull();
});

test('says that the provider cannot be reached', async () => {
  const { registry, user } = await start('/sign-in', nobody);
  await user.click(await screen.findByRole('button', { name: 'Sign in with Example ID' }));
  const refused = problem(503, 'unavailable', 'Temporarily unavailable', 'A part does not answer.');
  (await registry.request('/session/openid', {}, 'POST')).answer(refused, 503);
  expect(await screen.findByText('A part does not answer.')).toBeTruthy();
  expect(leave).not.toHaveBeenCalled();
});

test.each([
  ['declined', /broken off/],
  ['failed', /not in order/],
  ['unavailable', /no answer came/],
  ['wait', /too often/],
  ['unverified', /no address of yours is verified/],
  ['address-taken', /Sign in with its password, then connect/],
  ['not-invited', /only whom a publisher has invited/],
  ['identity-taken', /Another account/],
  ['disabled', /disabled this account/],
  ['signed-out', /signed out meanwhile/],
  ['somebody-else', /not connected with this account/],
  ['not-anew', /nothing was said of when/],
  ['link-over', /no more, good/],
])('says in plain language why nobody is signed in: %s', async (word, words) => {
  await start(`/sign-in?refused=${word}`, nobody);
  expect(await screen.findByText(words)).toBeTruthy();
});

test('says nothing of its own for words that it does not know', async () => {
  await start('/sign-in?refused=toString', nobody);
  await screen.findByLabelText('Mail address');
  await start('/sign-in?refused=<b>call+this+number</b>', nobody);
  expect(screen.queryByText(/call this number/)).toBeNull();
  for (const alert of screen.queryAllByRole('alert')) expect(alert.textContent).toBe('');
});

test('connects with the password and the token of the session', async () => {
  const { registry, user } = await startAccount(ada);
  const section = within(await screen.findByRole('region', { name: 'Other ways to sign in' }));
  expect(await section.findByText(/id\.example\.org/)).toBeTruthy();
  await user.type(section.getByLabelText('Password'), 'correct horse battery{Enter}');
  const asked = await registry.request('/session/openid', {}, 'POST');
  expect(asked.headers.get('x-csrf-token')).toBe('the token');
  expect(await asked.sent()).toEqual({ password: 'correct horse battery' });
  asked.answer(begun, 201);
  await waitFor(() => {
    expect(leave).toHaveBeenCalledExactlyOnceWith(begun.address);
  });
});

test('connects with a code besides where a second factor is on', async () => {
  const account = ada.account ? { ...ada.account, has_one_time_passwords: true } : null;
  const { registry, user } = await startAccount({ ...ada, account });
  const section = within(await screen.findByRole('region', { name: 'Other ways to sign in' }));
  await user.type(await section.findByLabelText('Password'), 'correct horse battery');
  await user.type(section.getByLabelText('One-time password'), '123456{Enter}');
  const asked = await registry.request('/session/openid', {}, 'POST');
  const shown = { password: 'correct horse battery', second_factor: '123456' };
  expect(await asked.sent()).toEqual(shown);
});

test('disconnects, but not the only way in', async () => {
  const account = ada.account ? { ...ada.account, has_password: false } : null;
  const { registry, user } = await startAccount({ ...ada, account });
  const section = within(await screen.findByRole('region', { name: 'Other ways to sign in' }));
  await user.click(await section.findByRole('button', { name: /^Disconnect id\.example\.org/ }));
  const asked = await registry.request(`/account/identities/${identity.id}`, {}, 'DELETE');
  expect(asked.headers.get('x-csrf-token')).toBe('the token');
  asked.answer(problem(409, 'last-way-in', 'Only way to sign in', 'no', 'POST …'), 409);
  expect(await section.findByText(/set a password first/)).toBeTruthy();
  // What takes a password is not offered without one.
  expect(section.queryByLabelText('Password')).toBeNull();
  expect(screen.queryByRole('region', { name: 'Erase the account' })).toBeNull();
  const link = screen.getByRole('link', { name: 'Set the password' });
  expect(link.getAttribute('href')).toBe('/reset');
});

test('says on the account’s page why nothing was connected', async () => {
  await startAccount(ada, '/account?refused=identity-taken');
  expect(await screen.findByText(/Another account here/)).toBeTruthy();
});

const provided = ada.account ? { ...ada.account, has_password: false } : null;
const nobodyThere: SessionState = { ...nobody, passwords: false };

test.each([
  ['/sign-in', 'Sign in'],
  ['/sign-up', 'Sign up'],
  ['/reset', 'Set another password'],
  [`/reset#${'c'.repeat(43)}`, 'Set another password'],
  [`/verify#${'c'.repeat(43)}`, 'Finish signing up'],
])('has no form for passwords where there are none: %s', async (address, heading) => {
  const { registry, user } = await start(address, nobodyThere);
  await screen.findByText(/with Example ID only/);
  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(heading);
  expect(screen.queryByRole('textbox')).toBeNull();
  expect(screen.queryByLabelText(/^(New )?password$/i)).toBeNull();
  for (const gone of ['/sign-up', '/reset']) {
    const links = screen.queryAllByRole('link').map((link) => link.getAttribute('href'));
    expect(links).not.toContain(gone);
  }
  await user.click(screen.getByRole('button', { name: 'Sign in with Example ID' }));
  const asked = await registry.request('/session/openid', {}, 'POST');
  expect(await asked.sent()).toEqual({});
  asked.answer(begun, 201);
  await waitFor(() => {
    expect(leave).toHaveBeenCalledExactlyOnceWith(begun.address);
  });
});

test('says whose an address is where nobody could connect it', async () => {
  await start('/sign-in?refused=address-taken', nobodyThere);
  expect(await screen.findByText(/somebody else’s there/)).toBeTruthy();
  expect(screen.queryByText(/Sign in with its password/)).toBeNull();
});

test('becomes an operator at the provider, by the link', async () => {
  const code = 'c'.repeat(43);
  const { registry, user } = await start(`/operator#${code}`, nobodyThere);
  await user.click(await screen.findByRole('button', { name: 'Sign in with Example ID' }));
  expect(screen.queryByLabelText('Password')).toBeNull();
  const asked = await registry.request('/session/openid', {}, 'POST');
  expect(await asked.sent()).toEqual({ operator: code });
});

test('asks for the code of the link where the address brings none', async () => {
  const { registry, user } = await start('/operator', nobodyThere);
  await user.type(await screen.findByLabelText('Code'), 'typed');
  await user.click(screen.getByRole('button', { name: 'Sign in with Example ID' }));
  const asked = await registry.request('/session/openid', {}, 'POST');
  expect(await asked.sent()).toEqual({ operator: 'typed' });
});

test('signs in at the provider once more for what takes a password elsewhere', async () => {
  const { registry, user } = await startAccount({ ...ada, account: provided });
  const section = within(await screen.findByRole('region', { name: 'Show that it is you' }));
  expect(screen.queryByRole('region', { name: 'Change the mail address' })).toBeNull();
  await user.click(section.getByRole('button', { name: 'Sign in with Example ID once more' }));
  const asked = await registry.request('/session/openid', {}, 'POST');
  expect(asked.headers.get('x-csrf-token')).toBe('the token');
  expect(await asked.sent()).toEqual({ prove: true });
  asked.answer(begun, 201);
  await waitFor(() => {
    expect(leave).toHaveBeenCalledExactlyOnceWith(begun.address);
  });
});

test('asks for no password once the provider has said who it is', async () => {
  const proven = { ...ada, account: provided, passwords: false, is_proven: true };
  const { registry, user } = await startAccount(proven);
  await screen.findByText(/You have shown that it is you/);
  expect(screen.queryByLabelText(/^(New )?password$/i)).toBeNull();
  expect(screen.queryByRole('link', { name: 'Set the password' })).toBeNull();
  const identities = within(screen.getByRole('region', { name: 'Other ways to sign in' }));
  await user.click(await identities.findByRole('button', { name: 'Connect Example ID' }));
  expect(await (await registry.request('/session/openid', {}, 'POST')).sent()).toEqual({});
  const form = within(screen.getByRole('form', { name: 'Change the mail address' }));
  await user.type(form.getByLabelText('New mail address'), 'king@example.org{Enter}');
  const asked = await registry.request('/account/address', {}, 'POST');
  expect(await asked.sent()).toEqual({ email: 'king@example.org' });
  const factor = within(screen.getByRole('form', { name: 'One-time passwords' }));
  await user.click(factor.getByRole('button', { name: 'Begin' }));
  expect(await (await registry.request('/account/second-factor', {}, 'POST')).sent()).toEqual({});
  await user.click(screen.getByRole('button', { name: 'Erase it' }));
  expect(await (await registry.request('/account', {}, 'DELETE')).sent()).toEqual({});
});

import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as people from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import type { SessionState } from '../api/accounts';
import { FakeRegistry, renderSite } from '../testing';

const nobody = { ...people.nobody, passkeys: true };
const ada = { ...people.ada, passkeys: true };
const blue = {
  id: 'b'.repeat(32),
  name: 'Blue key',
  created_at: '2026-01-02T03:04:05Z',
  last_used_at: null,
};
const round = { round: 'r'.repeat(43), options: { challenge: 'AQID' } };
const credential = { id: 'AQ', type: 'public-key' };

const get = vi.fn();
const create = vi.fn();

/** A browser that reads and writes the JSON of WebAuthn. */
beforeEach(() => {
  get.mockReset();
  create.mockReset();
  vi.stubGlobal('PublicKeyCredential', {
    parseRequestOptionsFromJSON: (options: unknown) => ({ parsed: options }),
    parseCreationOptionsFromJSON: (options: unknown) => ({ parsed: options }),
  });
  vi.stubGlobal('navigator', Object.create(navigator, { credentials: { value: { get, create } } }));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

async function start(address: string, session: SessionState) {
  const registry = new FakeRegistry();
  const site = renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, ...site, user: userEvent.setup() };
}

async function startAccount(session: SessionState, passkeys: unknown[] = []) {
  const started = await start('/account', session);
  (await started.registry.request('/account/sessions')).answer({ sessions: [] });
  (await started.registry.request('/account/passkeys')).answer({ passkeys });
  return started;
}

const post = (registry: FakeRegistry, path: string) => registry.request(path, {}, 'POST');

/** As far as the registry asks for more than the password. */
async function needing(methods: string[]) {
  const started = await start('/sign-in', nobody);
  const { registry, user } = started;
  await user.type(screen.getByLabelText('Mail address'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse battery{Enter}');
  const words = 'a second factor is needed besides the password';
  const needed = problem(401, 'second-factor-needed', 'Second factor needed', words);
  (await post(registry, '/session')).answer({ ...needed, methods }, 401);
  await screen.findByText(words);
  return started;
}

test('signs in with a passkey where the account has one', async () => {
  get.mockResolvedValue({ toJSON: () => credential });
  const { registry, user, address } = await needing(['passkey', 'recovery-code']);
  await user.click(screen.getByRole('button', { name: 'Use a passkey' }));
  const asked = await post(registry, '/session/passkey');
  const known = { email: 'ada@example.org', password: 'correct horse battery' };
  expect(await asked.sent()).toEqual(known);
  asked.answer(round, 201);
  await waitFor(() => {
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });
  expect(get).toHaveBeenCalledExactlyOnceWith({ publicKey: { parsed: round.options } });
  const second = await post(registry, '/session');
  expect(await second.sent()).toEqual({ ...known, passkey: { round: round.round, credential } });
  second.answer(ada, 201);
  expect(await screen.findByText('Signed in as ada@example.org')).toBeTruthy();
  await waitFor(() => {
    expect(address()).toBe('/account');
  });
});

test('Enter sends the code, not the passkey', async () => {
  const { registry, user } = await needing(['totp', 'passkey', 'recovery-code']);
  await user.type(screen.getByLabelText('One-time password'), '123456{Enter}');
  await waitFor(() => {
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });
  expect(await (await post(registry, '/session')).sent()).toMatchObject({
    second_factor: '123456',
  });
  expect(get).not.toHaveBeenCalled();
});

test.each([
  ['NotAllowedError', /broken off, took too long/],
  ['AbortError', /broken off, took too long/],
  ['SecurityError', /own address only/],
  ['NotSupportedError', /has no passkeys/],
])('says in plain words why no passkey answered: %s', async (name, words) => {
  get.mockRejectedValue(new DOMException('The operation either timed out …', name));
  const { registry, user } = await needing(['passkey', 'recovery-code']);
  await user.click(screen.getByRole('button', { name: 'Use a passkey' }));
  (await post(registry, '/session/passkey')).answer(round, 201);
  expect(await screen.findByText(words)).toBeTruthy();
  // Nothing was sent, and a code helps still.
  expect(registry.requests.filter(({ url }) => url.pathname === '/api/v1/session')).toHaveLength(2);
  expect(screen.getByLabelText('One-time password')).toBeTruthy();
});

test('offers no passkey to whoever has none', async () => {
  await needing(['totp', 'recovery-code']);
  expect(screen.queryByRole('button', { name: 'Use a passkey' })).toBeNull();
});

test('offers none to a browser without', async () => {
  vi.unstubAllGlobals();
  await needing(['passkey', 'recovery-code']);
  expect(screen.queryByRole('button', { name: 'Use a passkey' })).toBeNull();
});

test('adds a passkey, and shows recovery codes until they are kept', async () => {
  create.mockResolvedValue({ toJSON: () => credential });
  const { registry, user } = await startAccount(ada);
  const section = within(await screen.findByRole('region', { name: 'Passkeys' }));
  await user.type(await section.findByLabelText('Name'), 'Blue key');
  await user.type(section.getByLabelText('Password'), 'correct horse battery{Enter}');
  const asked = await post(registry, '/account/passkeys');
  expect(await asked.sent()).toEqual({ password: 'correct horse battery' });
  expect(asked.headers.get('x-csrf-token')).toBe('the token');
  asked.answer(round, 201);
  const added = await registry.request('/account/passkeys', {}, 'PUT');
  expect(create).toHaveBeenCalledExactlyOnceWith({ publicKey: { parsed: round.options } });
  expect(await added.sent()).toEqual({ round: round.round, name: 'Blue key', credential });
  const codes = { recovery_codes: ['00000-11111'], csrf_token: 'another token' };
  const before = registry.requests.length;
  added.answer({ passkey: blue, ...codes });
  expect(await section.findByText('00000-11111')).toBeTruthy();
  // Who is signed in is asked again: the session is another, and so is the list.
  await waitFor(() => {
    expect(registry.requests.length).toBeGreaterThan(before);
  });
  const account = { ...ada.account, has_passkeys: true, recovery_codes_left: 10 };
  (await registry.request('/session')).answer({ ...ada, account, csrf_token: 'another token' });
  await waitFor(() => {
    const lists = registry.requests.filter(
      ({ url, method }) => method === 'GET' && url.pathname === '/api/v1/account/passkeys',
    );
    expect(lists).toHaveLength(2);
  });
  (await registry.request('/account/passkeys')).answer({ passkeys: [blue] });
  expect(await section.findByText(/^Blue key/)).toBeTruthy();
  await user.click(section.getByRole('button', { name: 'I have kept them' }));
  expect(section.queryByText('00000-11111')).toBeNull();
  expect(section.getByText(/10 recovery codes are left/)).toBeTruthy();
});

test('says that a device has a passkey already', async () => {
  create.mockRejectedValue(new DOMException('…', 'InvalidStateError'));
  const { registry, user } = await startAccount(ada);
  const section = within(await screen.findByRole('region', { name: 'Passkeys' }));
  await user.type(await section.findByLabelText('Name'), 'Blue key');
  await user.type(section.getByLabelText('Password'), 'correct horse battery{Enter}');
  (await post(registry, '/account/passkeys')).answer(round, 201);
  expect(await section.findByText(/has a passkey of your account already/)).toBeTruthy();
});

test('adds one more by a passkey, or by a code', async () => {
  get.mockResolvedValue({ toJSON: () => ({ ...credential, id: 'signed' }) });
  create.mockResolvedValue({ toJSON: () => credential });
  const account = { ...ada.account, has_passkeys: true, recovery_codes_left: 9 };
  const { registry, user } = await startAccount({ ...ada, account }, [blue]);
  const form = within(await screen.findByRole('form', { name: 'Add a passkey' }));
  const password = 'correct horse battery';
  await user.type(form.getByLabelText('Name'), 'Red key');
  await user.type(form.getByLabelText('Password'), password);
  await user.click(form.getByRole('button', { name: 'Use a passkey' }));
  (await post(registry, '/account/passkeys/assertion')).answer(round, 201);
  const begun = await post(registry, '/account/passkeys');
  const passkey = { round: round.round, credential: { ...credential, id: 'signed' } };
  expect(await begun.sent()).toEqual({ password, passkey });
  begun.answer(round, 201);
  const added = await registry.request('/account/passkeys', {}, 'PUT');
  expect(await added.sent()).toEqual({ round: round.round, name: 'Red key', credential });
  added.answer(problem(403, 'passkey-round', 'Too late', 'it took too long'), 403);
  expect(await form.findByText('it took too long')).toBeTruthy();
  await user.type(form.getByLabelText('One-time password'), '00000-11111{Enter}');
  await waitFor(async () => {
    const last = await post(registry, '/account/passkeys');
    expect(await last.sent()).toEqual({ password, second_factor: '00000-11111' });
  });
});

test('begins one-time passwords by a passkey', async () => {
  get.mockResolvedValue({ toJSON: () => credential });
  const account = { ...ada.account, has_passkeys: true, recovery_codes_left: 9 };
  const { registry, user } = await startAccount({ ...ada, account }, [blue]);
  const form = within(await screen.findByRole('form', { name: 'One-time passwords' }));
  const password = 'correct horse battery';
  await user.type(form.getByLabelText('Password'), password);
  await user.click(form.getByRole('button', { name: 'Use a passkey' }));
  (await post(registry, '/account/passkeys/assertion')).answer(round, 201);
  const begun = await post(registry, '/account/second-factor');
  expect(await begun.sent()).toEqual({ password, passkey: { round: round.round, credential } });
});

test('removes a passkey by what one signs, or by a code', async () => {
  get.mockResolvedValue({ toJSON: () => credential });
  const session = {
    ...ada,
    account: { ...ada.account, has_passkeys: true, recovery_codes_left: 9 },
  };
  const { registry, user } = await startAccount(session, [blue]);
  const section = within(await screen.findByRole('region', { name: 'Passkeys' }));
  await user.click(await section.findByRole('button', { name: 'Remove Blue key' }));
  const form = within(section.getByRole('form', { name: 'Remove Blue key' }));
  await user.type(form.getByLabelText('Password'), 'correct horse battery');
  await user.click(form.getByRole('button', { name: 'Use a passkey' }));
  (await post(registry, '/account/passkeys/assertion')).answer(round, 201);
  const byPasskey = await registry.request(`/account/passkeys/${blue.id}`, {}, 'DELETE');
  const password = 'correct horse battery';
  const signed = { password, passkey: { round: round.round, credential } };
  expect(await byPasskey.sent()).toEqual(signed);
  const refused = problem(403, 'passkey', 'Passkey refused', 'it is not to be believed');
  byPasskey.answer(refused, 403);
  expect(await form.findByText('it is not to be believed')).toBeTruthy();
  await user.type(form.getByLabelText('One-time password'), '00000-11111{Enter}');
  await waitFor(async () => {
    const last = await registry.request(`/account/passkeys/${blue.id}`, {}, 'DELETE');
    expect(await last.sent()).toEqual({ password, second_factor: '00000-11111' });
  });
});

test('has no passkeys where the registry has none', async () => {
  await start('/account', { ...ada, passkeys: false });
  expect(await screen.findByRole('region', { name: 'One-time passwords' })).toBeTruthy();
  expect(screen.queryByRole('region', { name: 'Passkeys' })).toBeNull();
});

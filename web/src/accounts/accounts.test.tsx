import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { ada, nobody } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { FakeRegistry, renderSite } from '../testing';

const CODE = 'c'.repeat(43);
async function start(address: string, session = nobody) {
  const registry = new FakeRegistry();
  const site = renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, ...site, user: userEvent.setup() };
}

/** What is said of the session once more. */
async function again(registry: FakeRegistry) {
  await waitFor(() => {
    const asked = registry.requests.filter(({ url }) => url.pathname.endsWith('/session'));
    expect(asked.length).toBeGreaterThan(1);
  });
  return registry.request('/session');
}

const post = (registry: FakeRegistry, path: string) => registry.request(path, {}, 'POST');

test('asks for a one-time password once the registry does', async () => {
  const { registry, user, address } = await start('/sign-in');
  await user.type(screen.getByLabelText('Mail address'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse battery{Enter}');
  const first = await post(registry, '/session');
  expect(await first.sent()).toEqual({
    email: 'ada@example.org',
    password: 'correct horse battery',
  });
  expect(screen.queryByLabelText('One-time password')).toBeNull();
  const words = 'a second factor is needed besides the password';
  first.answer(problem(401, 'second-factor-needed', 'One-time password needed', words), 401);
  await user.type(await screen.findByLabelText('One-time password'), '123456{Enter}');
  expect(screen.getByLabelText<HTMLInputElement>('Mail address').value).toBe('ada@example.org');
  await waitFor(() => {
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });
  const second = await post(registry, '/session');
  expect(await second.sent()).toMatchObject({ second_factor: '123456' });
  second.answer(ada, 201);
  expect(await screen.findByText('Signed in as ada@example.org')).toBeTruthy();
  expect(address()).toBe('/account');
});

test('offers a letter to whoever has to wait, and shows its code', async () => {
  const { registry, user } = await start('/sign-in');
  await user.type(screen.getByLabelText('Mail address'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse battery{Enter}');
  const words = 'it was tried too often; wait 900 s';
  const refused = problem(429, 'too-many-attempts', 'Too many attempts', words, 'POST …');
  (await post(registry, '/session')).answer(refused, 429);
  await user.click(await screen.findByRole('button', { name: /need not wait/ }));
  const asked = await post(registry, '/session/unlock');
  expect(await asked.sent()).toEqual({ email: 'ada@example.org' });
  asked.answer(undefined, 202);
  expect((await screen.findByText(/a letter is on its way/)).textContent).toContain(
    'ada@example.org',
  );
  // What programs are to do is of no use to people.
  expect(screen.getByText(words)).toBeTruthy();
  expect(screen.queryByText('POST …')).toBeNull();
});

test('takes the code of a letter out of the address', async () => {
  const { registry, user, address } = await start(`/verify#${CODE}`);
  await waitFor(() => {
    expect(address()).toBe('/verify');
  });
  expect(screen.queryByLabelText('Code')).toBeNull();
  await user.type(screen.getByLabelText('Name'), 'Ada Löwe');
  await user.type(screen.getByLabelText('Password'), 'correct horse battery{Enter}');
  const asked = await post(registry, '/sign-up/verify');
  expect(await asked.sent()).toEqual({
    code: CODE,
    name: 'Ada Löwe',
    password: 'correct horse battery',
  });
  asked.answer(problem(404, 'code', 'No such code', 'the code was used', 'Ask for another.'), 404);
  const alert = await screen.findByRole('alert');
  await within(alert).findByText('the code was used');
  expect(within(alert).getByText('Ask for another.')).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('Ada Löwe');
});

test('leads back to where somebody wanted to go who had to sign in', async () => {
  const { registry, user, address } = await start('/account/submissions');
  await screen.findByRole('heading', { name: 'You are not signed in' });
  const [, link] = screen.getAllByRole('link', { name: 'Sign in' });
  if (!link) throw new Error('there is only one way to sign in');
  await user.click(link);
  await user.type(screen.getByLabelText('Mail address'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse battery{Enter}');
  (await post(registry, '/session')).answer(ada, 201);
  await screen.findByRole('heading', { name: 'Submissions' });
  await waitFor(() => {
    expect(address()).toBe('/account/submissions');
  });
});

test('asks for the code where the address brings none', async () => {
  const { registry, user } = await start('/operator');
  await user.type(await screen.findByLabelText('Code'), CODE);
  await user.type(screen.getByLabelText('Mail address'), 'grace@example.org');
  await user.type(screen.getByLabelText('Name'), 'Grace');
  await user.type(screen.getByLabelText('Password'), 'correct horse battery{Enter}');
  expect(await (await post(registry, '/operator')).sent()).toMatchObject({
    code: CODE,
    email: 'grace@example.org',
  });
});

test('sends the token of its session with what changes something', async () => {
  const { registry, user } = await start('/account', ada);
  const session = {
    id: 'b'.repeat(32),
    device: 'Firefox on Linux',
    is_current: true,
    created_at: '2026-01-02T03:04:05Z',
    last_used_at: '2026-01-02T03:04:05Z',
    ends_at: '2026-01-16T03:04:05Z',
  };
  const other = { ...session, id: 'd'.repeat(32), device: 'Safari on iPhone', is_current: false };
  (await registry.request('/account/sessions')).answer({ sessions: [session, other] });
  await user.click(await screen.findByRole('button', { name: /^Sign out Safari on iPhone/ }));
  const ended = await registry.request(`/account/sessions/${other.id}`, {}, 'DELETE');
  expect(ended.headers.get('x-csrf-token')).toBe('the token');
  ended.answer(undefined, 204);
  await waitFor(() => {
    expect(
      registry.requests.filter(({ url }) => url.pathname === '/api/v1/account/sessions'),
    ).toHaveLength(2);
  });
  (await registry.request('/account/sessions')).answer({ sessions: [session] });
  await user.click(screen.getByRole('button', { name: 'Sign out' }));
  const out = await registry.request('/session', {}, 'DELETE');
  expect(out.headers.get('x-csrf-token')).toBe('the token');
  out.answer(undefined, 204);
  expect(await screen.findByRole('link', { name: 'Sign in' })).toBeTruthy();
});

test('shows a seed as a picture and as text, and recovery codes until they are kept', async () => {
  const { registry, user } = await start('/account', ada);
  (await registry.request('/account/sessions')).answer({ sessions: [] });
  const section = within(await screen.findByRole('region', { name: 'One-time passwords' }));
  await user.type(section.getByLabelText('Password'), 'correct horse battery{Enter}');
  (await post(registry, '/account/second-factor')).answer(
    { seed: 'GEZDGNBV', otpauth_url: 'otpauth://totp/registry:ada?secret=GEZDGNBV' },
    201,
  );
  const picture = await section.findByRole('img', { name: 'QR code for your device' });
  expect(picture.querySelector('path')?.getAttribute('d')).toContain('M4 4h1v1h-1z');
  expect(section.getByText('GEZDGNBV')).toBeTruthy();
  await user.type(section.getByLabelText('One-time password'), '123456{Enter}');
  const confirmed = await registry.request('/account/second-factor', {}, 'PUT');
  expect(await confirmed.sent()).toEqual({ second_factor: '123456' });
  const asked = registry.requests.length;
  confirmed.answer({ recovery_codes: ['00000-11111'], csrf_token: 'another token' });
  expect(await section.findByText('00000-11111')).toBeTruthy();
  // Who is signed in is asked again: the session is another.
  await waitFor(() => {
    expect(registry.requests.length).toBeGreaterThan(asked);
  });
  const account = {
    ...ada.account,
    has_second_factor: true,
    has_one_time_passwords: true,
    recovery_codes_left: 10,
  };
  (await registry.request('/session')).answer({ ...ada, account, csrf_token: 'another token' });
  await user.click(section.getByRole('button', { name: 'I have kept them' }));
  expect(section.queryByText('00000-11111')).toBeNull();
  expect(await section.findByText('On. 10 recovery codes are left.')).toBeTruthy();
});

test('leads whoever lacks the second factor that everybody has to the form for it', async () => {
  const { registry, user } = await start('/account/submissions', {
    ...ada,
    needs_second_factor: true,
  });
  await screen.findByRole('heading', { name: 'Add a second factor' });
  expect(screen.queryByRole('heading', { name: 'Submissions' })).toBeNull();
  expect(screen.getByRole('button', { name: 'Sign out' })).toBeTruthy();
  const section = within(screen.getByRole('region', { name: 'One-time passwords' }));
  await user.type(section.getByLabelText('Password'), 'correct horse battery{Enter}');
  (await post(registry, '/account/second-factor')).answer(
    { seed: 'GEZDGNBV', otpauth_url: 'otpauth://totp/registry:ada?secret=GEZDGNBV' },
    201,
  );
  await user.type(await section.findByLabelText('One-time password'), '123456{Enter}');
  const confirmed = await registry.request('/account/second-factor', {}, 'PUT');
  confirmed.answer({ recovery_codes: ['00000-11111'], csrf_token: 'another token' });
  const account = { ...ada.account, has_second_factor: true, has_one_time_passwords: true };
  (await again(registry)).answer({ ...ada, account, csrf_token: 'another token' });
  // They are shown until they are kept, though nothing is in the way any more.
  expect(await screen.findByText('00000-11111')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'I have kept them' }));
  expect(await screen.findByRole('heading', { name: 'Submissions' })).toBeTruthy();
});

test('signs whoever lacks a second factor out', async () => {
  const { registry, user } = await start('/account', { ...ada, needs_second_factor: true });
  await user.click(await screen.findByRole('button', { name: 'Sign out' }));
  const out = await registry.request('/session', {}, 'DELETE');
  expect(out.headers.get('x-csrf-token')).toBe('the token');
  out.answer(undefined, 204);
  expect(await screen.findByRole('link', { name: 'Sign in' })).toBeTruthy();
  const asked = registry.requests.map(({ url }) => url.pathname);
  expect(asked).not.toContain('/api/v1/account/sessions');
});

test('says why it is not known who is signed in, and asks again', async () => {
  const registry = new FakeRegistry();
  renderSite('/account');
  (await registry.request('/session')).lose();
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  await waitFor(() => {
    expect(registry.requests).toHaveLength(2);
  });
  (await registry.request('/session')).answer(nobody);
  expect(await screen.findByRole('heading', { name: 'You are not signed in' })).toBeTruthy();
});

test('changes the name, and shows it', async () => {
  const { registry, user } = await start('/account', ada);
  const form = within(await screen.findByRole('form', { name: 'Change the name' }));
  const name = form.getByLabelText<HTMLInputElement>('Name');
  expect(name.value).toBe(ada.account.name);
  await user.clear(name);
  await user.type(name, 'Ada King{Enter}');
  const asked = await registry.request('/account/name', {}, 'PUT');
  expect(await asked.sent()).toEqual({ name: 'Ada King' });
  asked.answer(undefined, 204);
  (await again(registry)).answer({
    ...ada,
    account: { ...ada.account, name: 'Ada King' },
  });
  await screen.findByText('The name was changed.');
  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Ada King');
});

test('asks for a letter to another address, and confirms it with its code', async () => {
  const { registry, user } = await start('/account', ada);
  const form = within(await screen.findByRole('form', { name: 'Change the mail address' }));
  await user.type(form.getByLabelText('New mail address'), 'king@example.org');
  await user.type(form.getByLabelText('Password'), 'correct horse battery{Enter}');
  const asked = await post(registry, '/account/address');
  expect(await asked.sent()).toEqual({
    email: 'king@example.org',
    password: 'correct horse battery',
  });
  asked.answer(undefined, 202);
  await screen.findByText(/A letter to king@example.org says how/);
});

test('confirms an address with the code of the letter, once it is asked to', async () => {
  const { registry, user, address } = await start(`/confirm-address#${CODE}`);
  await user.click(await screen.findByRole('button', { name: 'Confirm the address' }));
  const confirmed = await post(registry, '/confirm-address');
  expect(await confirmed.sent()).toEqual({ code: CODE });
  expect(address()).toBe('/confirm-address');
  confirmed.answer(undefined, 204);
  (await again(registry)).answer(nobody);
  await screen.findByText(/Your mail goes to the new address/);
});

const guarded = {
  ...ada.account,
  has_second_factor: true,
  has_one_time_passwords: true,
  recovery_codes_left: 3,
};
const withFactor = { ...ada, account: guarded };

test('sends a code with another address, another password and the end of the account', async () => {
  const { registry, user } = await start('/account', withFactor);
  const password = 'correct horse battery';
  const second_factor = '123456';
  const address = within(await screen.findByRole('form', { name: 'Change the mail address' }));
  await user.type(address.getByLabelText('New mail address'), 'king@example.org');
  await user.type(address.getByLabelText('Password'), password);
  await user.type(address.getByLabelText('One-time password'), `${second_factor}{Enter}`);
  const asked = await post(registry, '/account/address');
  expect(await asked.sent()).toEqual({ email: 'king@example.org', password, second_factor });

  const change = within(screen.getByRole('form', { name: 'Change the password' }));
  await user.type(change.getByLabelText('Password until now'), password);
  await user.type(change.getByLabelText('New password'), 'staple that battery');
  await user.type(change.getByLabelText('One-time password'), `${second_factor}{Enter}`);
  const changed = await registry.request('/account/password', {}, 'PUT');
  expect(await changed.sent()).toEqual({
    current: password,
    new: 'staple that battery',
    second_factor,
  });
  changed.answer({ ...withFactor, csrf_token: 'another token' }, 201);
  await screen.findByText('The password was changed.');

  const erase = within(screen.getByRole('form', { name: 'Erase the account' }));
  await user.type(erase.getByLabelText('Password'), password);
  await user.type(erase.getByLabelText('One-time password'), `${second_factor}{Enter}`);
  const erased = await registry.request('/account', {}, 'DELETE');
  expect(await erased.sent()).toEqual({ password, second_factor });
  expect(erased.headers.get('x-csrf-token')).toBe('another token');
  erased.answer(undefined, 204);
  await screen.findByText('Your account is erased.');
});

test('makes new recovery codes, and shows them until they are kept', async () => {
  const { registry, user } = await start('/account', withFactor);
  const section = within(await screen.findByRole('region', { name: 'Recovery codes' }));
  expect(section.getByText(/^3 recovery codes are left/)).toBeTruthy();
  await user.type(section.getByLabelText('Password'), 'correct horse battery');
  await user.type(section.getByLabelText('One-time password'), '123456{Enter}');
  const asked = await post(registry, '/account/recovery-codes');
  expect(await asked.sent()).toEqual({
    password: 'correct horse battery',
    second_factor: '123456',
  });
  asked.answer({ recovery_codes: ['00000-11111', '22222-33333'] }, 201);
  expect(await section.findByText('22222-33333')).toBeTruthy();
  (await again(registry)).answer({ ...ada, account: { ...guarded, recovery_codes_left: 10 } });
  await user.click(section.getByRole('button', { name: 'I have kept them' }));
  expect(section.queryByText('00000-11111')).toBeNull();
  expect(await section.findByText(/^10 recovery codes are left/)).toBeTruthy();
});

test('has no recovery codes without a second factor', async () => {
  await start('/account', ada);
  expect(await screen.findByRole('region', { name: 'Erase the account' })).toBeTruthy();
  expect(screen.queryByRole('region', { name: 'Recovery codes' })).toBeNull();
});

test('takes an account back with the code of the letter, once it is asked to', async () => {
  const { registry, user, address } = await start(`/restore-address#${CODE}`, ada);
  await user.click(await screen.findByRole('button', { name: 'Take the account back' }));
  const asked = await post(registry, '/restore-address');
  expect(await asked.sent()).toEqual({ code: CODE });
  expect(address()).toBe('/restore-address');
  asked.answer(undefined, 204);
  (await again(registry)).answer(nobody);
  await screen.findByText(/it says how to set another password/);
  expect(screen.getByRole('link', { name: 'Set another password' })).toBeTruthy();
  expect(await screen.findByRole('link', { name: 'Sign in' })).toBeTruthy();
});

test('says why an account is not taken back, and knows where there are no passwords', async () => {
  const { registry, user } = await start('/restore-address', { ...nobody, passwords: false });
  await user.type(await screen.findByLabelText('Code'), `${CODE}{Enter}`);
  const refused = problem(404, 'code', 'No such code', 'the code was used');
  (await post(registry, '/restore-address')).answer(refused, 404);
  await screen.findByText('the code was used');
  await user.click(screen.getByRole('button', { name: 'Take the account back' }));
  await waitFor(() => {
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });
  (await post(registry, '/restore-address')).answer(undefined, 204);
  (await again(registry)).answer({ ...nobody, passwords: false });
  await screen.findByText(/Sign in at the provider/);
  expect(screen.queryByRole('link', { name: 'Set another password' })).toBeNull();
});

import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { ada, grace, nobody } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import type { MyInvitation, MyPublisherList, OfferedNamespace } from '../api/accounts';
import { FakeRegistry, renderSite } from '../testing';

const CODE = 'c'.repeat(40);

async function start(address: string, session = nobody) {
  const registry = new FakeRegistry();
  const site = renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, ...site, user: userEvent.setup() };
}

const invitation: MyInvitation = {
  id: 'd'.repeat(32),
  namespace: 'contoso',
  display_name: 'Contoso',
  role: 'maintainer',
  invited_by: ['Grace', 'Linus'],
  expires_at: '2026-01-09T03:04:05Z',
};

const offered: OfferedNamespace = {
  namespace: 'contoso',
  display_name: 'Contoso',
  offered_by: ['Grace'],
  offered_at: '2026-01-02T03:04:05Z',
  expires_at: '2026-01-16T03:04:05Z',
};

/** What the page shows of the offer. */
const facts = async () =>
  (await screen.findByRole('region', { name: 'What is offered' })).textContent;

test('shows to what the code of a letter invites, and then accepts it', async () => {
  const { registry, user, address } = await start(`/invitation#${CODE}`, ada);
  const looked = await registry.request('/account/invitations/look', {}, 'POST');
  expect(address()).toBe('/invitation');
  expect(await looked.sent()).toEqual({ code: CODE });
  expect(looked.headers.get('X-CSRF-Token')).toBe('the token');
  expect(screen.queryByRole('button', { name: 'Accept' })).toBeNull();
  looked.answer(invitation);
  expect(await facts()).toMatch(
    /contoso.*Contoso.*Maintainer: publishes.*Invited byGrace, Linus.*Good until.*2026/,
  );
  await user.click(screen.getByRole('button', { name: 'Accept' }));
  const sent = await registry.request('/account/invitations/accept', {}, 'POST');
  expect(await sent.sent()).toEqual({ code: CODE });
  const words = 'the invitation is none, or was used, replaced or has expired';
  sent.answer(problem(404, 'invitation', 'No such invitation', words), 404);
  expect(await screen.findByText(words)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Accept' }));
  await waitFor(() => {
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });
  (await registry.request('/account/invitations/accept', {}, 'POST')).answer({}, 201);
  await waitFor(() => {
    expect(address()).toBe('/account');
  });
});

test('offers nothing to accept by a code that is not good any more', async () => {
  const { registry } = await start(`/invitation#${CODE}`, ada);
  const words = 'the invitation is none, or was used, replaced or has expired';
  const looked = await registry.request('/account/invitations/look', {}, 'POST');
  looked.answer(problem(404, 'invitation', 'No such invitation', words), 404);
  await screen.findByText(words);
  expect(screen.queryByRole('button', { name: 'Accept' })).toBeNull();
});

test('looks at a code that is typed', async () => {
  const { registry, user } = await start('/invitation', ada);
  await user.type(await screen.findByLabelText('Code'), `${CODE}{Enter}`);
  const looked = await registry.request('/account/invitations/look', {}, 'POST');
  expect(await looked.sent()).toEqual({ code: CODE });
  looked.answer({ ...invitation, role: 'owner', invited_by: [] });
  expect(await facts()).toMatch(/Owner: may do everything.*Invited byWhoever runs this registry/);
});

test('asks whoever is not signed in to sign in first, and comes back with the code', async () => {
  const { registry, user, address } = await start(`/transfer#${CODE}`);
  expect(await screen.findByText(/Sign in first/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Take it over' })).toBeNull();
  await user.click(within(screen.getByRole('main')).getByRole('link', { name: 'Sign in' }));
  await user.type(await screen.findByLabelText('Mail address'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse battery{Enter}');
  (await registry.request('/session', {}, 'POST')).answer(ada, 201);
  const looked = await registry.request('/account/transfers/look', {}, 'POST');
  expect(await looked.sent()).toEqual({ code: CODE });
  await waitFor(() => {
    expect(address()).toBe('/transfer');
  });
});

test('shows what is offered, and declines it', async () => {
  const { registry, user, address } = await start(`/transfer#${CODE}`, ada);
  (await registry.request('/account/transfers/look', {}, 'POST')).answer(offered);
  expect(await facts()).toMatch(/contoso.*Contoso.*Owner.*Offered byGrace.*Good until.*2026/);
  screen.getByRole('button', { name: 'Take it over' });
  await user.click(screen.getByRole('button', { name: 'Decline' }));
  const sent = await registry.request('/account/transfers/decline', {}, 'POST');
  expect(await sent.sent()).toEqual({ code: CODE });
  sent.answer(undefined, 204);
  await waitFor(() => {
    expect(address()).toBe('/account');
  });
});

test('makes the account of whoever is signed in an operator’s', async () => {
  const { registry, user, address } = await start(`/operator#${CODE}`, ada);
  await screen.findByText(/Your account becomes an operator’s/);
  expect(screen.queryByLabelText('Password')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Become an operator' }));
  const sent = await registry.request('/account/operator', {}, 'POST');
  expect(await sent.sent()).toEqual({ code: CODE });
  expect(sent.headers.get('X-CSRF-Token')).toBe('the token');
  sent.answer(grace, 201);
  await waitFor(() => {
    expect(address()).toBe('/account');
  });
  await screen.findByRole('link', { name: 'Review' });
});

test('makes a new account an operator’s, or leads whoever has one to sign in', async () => {
  const { registry, user, address } = await start(`/operator#${CODE}`);
  await screen.findByLabelText('Password');
  await user.click(screen.getByRole('link', { name: /I have an account/ }));
  await user.type(await screen.findByLabelText('Mail address'), 'ada@example.org');
  await user.type(screen.getByLabelText('Password'), 'correct horse battery{Enter}');
  (await registry.request('/session', {}, 'POST')).answer(ada, 201);
  await screen.findByRole('button', { name: 'Become an operator' });
  await waitFor(() => {
    expect(address()).toBe('/operator');
  });
});

test('leaves the link to others where the account is an operator’s already', async () => {
  await start(`/operator#${CODE}`, grace);
  await screen.findByText(/is an operator’s already: you need no link, and none was used/);
  expect(screen.queryByText(/becomes an operator/)).toBeNull();
  expect(screen.queryByLabelText('Code')).toBeNull();
  expect(screen.queryByRole('button', { name: 'Become an operator' })).toBeNull();
});

test('shows what one is a member of, and accepts what waits', async () => {
  const { registry, user } = await start('/account', ada);
  const mine: MyPublisherList = {
    publishers: [
      {
        namespace: 'acme',
        display_name: 'Acme',
        kind: 'organisation',
        member: 'b'.repeat(32),
        role: 'maintainer',
      },
    ],
    invitations: [{ ...invitation, role: 'reader' }],
  };
  (await registry.request('/account/publishers')).answer(mine);
  const link = await screen.findByRole('link', { name: 'acme' });
  expect(link.getAttribute('href')).toBe('/account/publishers/acme');
  expect(screen.getByText('Maintainer')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Accept the invitation to contoso' }));
  const sent = await registry.request(`/account/invitations/${'d'.repeat(32)}/accept`, {}, 'POST');
  sent.answer({}, 201);
  await waitFor(() => {
    const asked = ({ url }: { url: URL }) => url.pathname === '/api/v1/account/publishers';
    expect(registry.requests.filter(asked)).toHaveLength(2);
  });
});

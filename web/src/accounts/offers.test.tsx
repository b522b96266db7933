import { screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { ada, nobody } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import type { MyPublisherList } from '../api/accounts';
import { FakeRegistry, renderSite } from '../testing';

const CODE = 'c'.repeat(40);

async function start(address: string, session = nobody) {
  const registry = new FakeRegistry();
  const site = renderSite(address);
  (await registry.request('/session')).answer(session);
  return { registry, ...site, user: userEvent.setup() };
}

test('accepts an invitation by the code of its letter', async () => {
  const { registry, user, address } = await start(`/invitation#${CODE}`, ada);
  await user.click(await screen.findByRole('button', { name: 'Accept' }));
  expect(address()).toBe('/invitation');
  const sent = await registry.request('/account/invitations/accept', {}, 'POST');
  expect(await sent.sent()).toEqual({ code: CODE });
  expect(sent.headers.get('X-CSRF-Token')).toBe('the token');
  const words = 'the invitation is none, or was used, replaced or has expired';
  sent.answer(problem(404, 'invitation', 'No such invitation', words), 404);
  expect(await screen.findByText(words)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Accept' }));
  await waitFor(() => {
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });
  (await registry.request('/account/invitations/accept', {}, 'POST')).answer({}, 201);
  await waitFor(() => {
    expect(address()).toBe('/account');
  });
});

test('asks whoever is not signed in to sign in first', async () => {
  await start(`/transfer#${CODE}`);
  expect(await screen.findByText(/open the link of the letter again/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Take it over' })).toBeNull();
});

test('declines a namespace', async () => {
  const { registry, user, address } = await start(`/transfer#${CODE}`, ada);
  await user.click(await screen.findByRole('button', { name: 'Decline' }));
  const sent = await registry.request('/account/transfers/decline', {}, 'POST');
  expect(await sent.sent()).toEqual({ code: CODE });
  sent.answer(undefined, 204);
  await waitFor(() => {
    expect(address()).toBe('/account');
  });
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
    invitations: [
      {
        id: 'd'.repeat(32),
        namespace: 'contoso',
        display_name: 'Contoso',
        role: 'reader',
        expires_at: '2026-01-09T03:04:05Z',
      },
    ],
  };
  (await registry.request('/account/publishers')).answer(mine);
  expect(await screen.findByText('acme')).toBeTruthy();
  expect(screen.getByText('Maintainer')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Accept the invitation to contoso' }));
  const sent = await registry.request(`/account/invitations/${'d'.repeat(32)}/accept`, {}, 'POST');
  sent.answer({}, 201);
  await waitFor(() => {
    const asked = ({ url }: { url: URL }) => url.pathname === '/api/v1/account/publishers';
    expect(registry.requests.filter(asked)).toHaveLength(2);
  });
});

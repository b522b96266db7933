import { screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { acmeOffice, order, tenant, type KeptMarket } from '../../fixtures/market';
import { ada, grace } from '../../fixtures/people';
import { createLocale } from '../i18n/locale';
import { leave } from '../lib/leave';
import { play } from './played';
import { cancellation, meaningOf } from './state';

vi.mock('../lib/leave', () => ({ leave: vi.fn() }));

const page = (number: number) => `/account/orders/${order(number, {}).id}`;
const dialog = () => within(screen.getByRole('dialog'));
const heading = () => screen.findByRole('heading', { level: 1, name: /^Order of/ });

/** As if who is signed in had another role. */
const as = (role: 'owner' | 'billing' | 'reader'): KeptMarket => ({
  ...acmeOffice,
  tenants: [{ tenant: tenant('acme-office', 'organisation'), role }],
});

/** As if a card was kept for every order. */
const byCard = (kept: KeptMarket): KeptMarket => ({
  ...kept,
  orders: kept.orders.map((one) => ({ ...one, detail: { ...one.detail, by_card: true } })),
});

test('says how to pay, and has the invoice', async () => {
  play(page(3));
  await heading();
  screen.getByText('It is to be paid until 12 Dec 2026, and can be used once the money is there.');
  screen.getByText(/with the reference 2026-000003/);
  const invoices = within(await screen.findByRole('list', { name: 'Invoices' }));
  invoices.getByText('Open');
  invoices.getByText('€19.00');
  const pdf = invoices.getByRole('link', { name: 'Invoice 2026-000003 as PDF' });
  expect(pdf.getAttribute('href')).toBe('/api/v1/invoices/2026-000003/pdf');
});

test('tells what happened, in order and in words', async () => {
  play(page(1));
  const journey = within(await screen.findByRole('region', { name: 'What happened' }));
  expect(journey.getAllByRole('heading', { level: 3 }).map((title) => title.textContent)).toEqual([
    'Ordered',
    'Paid',
    'Renewed, or asked for what comes next',
    'Paid',
  ]);
  journey.getByText('bank 4812');
  journey.getByText('The registry, by itself');
});

test('who may buy approves once that is confirmed', async () => {
  const { user, last } = play(page(4));
  await user.click(await screen.findByRole('button', { name: 'Approve' }));
  dialog().getByText(/ledgerline\/invoicing is bought for acme-office/);
  expect(last(`/orders/${order(4, {}).id}/approve`)).toBeUndefined();
  await user.click(dialog().getByRole('button', { name: 'Approve' }));
  const done = await screen.findByText('It is approved.');
  expect(document.activeElement).toBe(done);
  await screen.findByRole('region', { name: 'How to pay' });
  expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
});

test('who may buy declines, and says why', async () => {
  const { user, last } = play(page(4));
  await user.click(await screen.findByRole('button', { name: 'Decline' }));
  await user.type(dialog().getByLabelText('Why'), 'we have one');
  await user.click(dialog().getByRole('button', { name: 'Decline' }));
  await screen.findByText('It is declined.');
  expect(last(`/orders/${order(4, {}).id}/refuse`)?.body).toEqual({ reason: 'we have one' });
  await screen.findByText('we have one');
});

test('a subscription is cancelled after it is said what becomes of it', async () => {
  const { user } = play(page(1));
  await user.click(await screen.findByRole('button', { name: 'Cancel the order' }));
  dialog().getByText(/It can be used until 20 Dec 2026.*what was paid is not given back/);
  await user.click(dialog().getByRole('button', { name: 'Cancel the order' }));
  await screen.findByText('It is cancelled: it ends on 20 Dec 2026.');
  await screen.findByText('It is paid for until 20 Dec 2026, and ends then.');
  expect(screen.queryByRole('button', { name: 'Cancel the order' })).toBeNull();
});

test('who may buy goes to where the card is changed', async () => {
  const address = 'https://billing.example/p/session/1';
  const { user, last } = play(page(1), {
    kept: byCard(acmeOffice),
    instead: (_, path) =>
      path.endsWith('/card') ? { status: 200, body: { page: address } } : undefined,
  });
  await user.click(await screen.findByRole('button', { name: 'Change the card' }));
  await waitFor(() => {
    expect(leave).toHaveBeenCalledExactlyOnceWith(address);
  });
  expect(last(`/orders/${order(1, {}).id}/card`)?.method).toBe('POST');
});

test('a reader changes no card', async () => {
  play(page(1), { kept: byCard(as('reader')) });
  await heading();
  expect(screen.queryByRole('button', { name: 'Change the card' })).toBeNull();
});

test('a reader decides nothing and sees no invoice', async () => {
  play(page(3), { kept: as('reader') });
  await heading();
  screen.getByText(/see what is about money/);
  for (const name of ['Approve', 'Decline', 'Cancel the order', 'Note that it was paid']) {
    expect(screen.queryByRole('button', { name })).toBeNull();
  }
});

test('who asked takes it back as long as nobody has approved it', async () => {
  const asked = { ...acmeOffice.orders[0], detail: { ...acmeOffice.orders[0]?.detail } };
  const own = order(4, { state: 'created', placed_by: `account:${ada.account.id}` });
  const kept = {
    ...as('reader'),
    orders: [{ ...asked, detail: { ...asked.detail, order: own } }] as KeptMarket['orders'],
  };
  const { user } = play(page(4), { kept });
  await user.click(await screen.findByRole('button', { name: 'Cancel the order' }));
  dialog().getByText(/ends at once, and nothing is to be paid/);
  expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
});

test('an operator finds what is to be paid, and notes that it was', async () => {
  const kept = { ...acmeOffice, tenants: acmeOffice.tenants };
  const { user, last } = play('/orders', { kept, session: grace });
  const list = within(await screen.findByRole('list', { name: 'Orders' }));
  await user.click(list.getByRole('link', { name: 'ledgerline/invoicing' }));
  await user.click(await screen.findByRole('button', { name: 'Note that it was paid' }));
  dialog().getByText(/Only once €19.00 has come/);
  await user.type(dialog().getByLabelText('What the bank calls it'), 'bank 5000');
  await user.click(dialog().getByRole('button', { name: 'Note that it was paid' }));
  await screen.findByText('It is noted.');
  expect(last(`/orders/${order(3, {}).id}/paid`)?.body).toEqual({ reference: 'bank 5000' });
});

test('nobody else lists orders', async () => {
  play('/orders');
  await screen.findByRole('heading', { level: 1, name: 'This is for operators' });
});

test('an order of others is none', async () => {
  play('/account/orders/nothing');
  await screen.findByRole('heading', { level: 1, name: 'There is no such order of yours' });
});

test('every state has a meaning, and some can be cancelled', () => {
  const { messages, format } = createLocale('en-GB');
  const until = '2026-12-20T12:00:00Z';
  const cases: [Partial<ReturnType<typeof order>>, RegExp, RegExp | undefined][] = [
    [{ state: 'created' }, /expires/, /at once/],
    [{ state: 'pending' }, /to be paid/, /at once/],
    [{ state: 'active', model: 'one-time' }, /as long as you like/, undefined],
    [{ state: 'active', model: 'free' }, /as long as you like/, /ordered again/],
    [{ state: 'active', model: 'trial', until }, /tried until/, /cannot be tried again/],
    [{ state: 'active', until }, /renews then/, /until 20 Dec 2026/],
    [{ state: 'active', until, ends: true }, /ends then/, undefined],
    [{ state: 'active', until, due_at: until }, /comes next is to be paid/, /until 20 Dec/],
    [{ state: 'frozen' }, /no licence/, /what is open need not be paid/],
    [{ state: 'refunded' }, /given back/, undefined],
    [{ state: 'disputed' }, /bank/, undefined],
  ];
  for (const [change, meaning, cancelled] of cases) {
    const one = order(1, change);
    expect(meaningOf(one, messages, format)).toMatch(meaning);
    const detail = cancellation(one, messages, format);
    if (cancelled) expect(detail).toMatch(cancelled);
    else expect(detail).toBeUndefined();
  }
});

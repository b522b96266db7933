import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { acmeOffice, nothingBought, tenant } from '../../fixtures/market';
import { nobody } from '../../fixtures/people';
import { problem } from '../../fixtures/problem';
import { renderPages } from '../testing';
import { play } from './played';

const SOLD = '/modules/ledgerline/invoicing';
const BUY = '/buy/ledgerline/invoicing';
const summary = () => within(screen.getByRole('region', { name: 'What it costs' }));
const orderFor = (price: string) => screen.findByRole('button', { name: `Order for ${price}` });

test('a module says what it costs, and leads to where it is bought or tried', async () => {
  const { user, address } = play(SOLD);
  const offer = within(await screen.findByRole('region', { name: 'Price' }));
  offer.getByText('€19.00 a month');
  offer.getByText('14 days to try it, at no cost.');
  expect(offer.getByRole('link', { name: 'Try it for 14 days' }).getAttribute('href')).toBe(
    `${BUY}?trial`,
  );
  await user.click(offer.getByRole('link', { name: 'Buy ledgerline/invoicing' }));
  await screen.findByRole('heading', { level: 1, name: 'Buy Invoicing' });
  expect(address()).toBe(BUY);
});

test('a free module is installed, and not bought', async () => {
  play('/modules/adx/hello');
  const offer = within(await screen.findByRole('region', { name: 'Price' }));
  offer.getByText('Free');
  expect(offer.queryByRole('link')).toBeNull();
});

test('on the page of another site the way to buy leads to the registry', async () => {
  play(SOLD);
  renderPages(SOLD);
  const link = await screen.findByRole('link', { name: 'Buy it on the registry’s own page' });
  expect(link.getAttribute('href')).toBe(`http://registry.test${BUY}`);
});

test('who is not signed in is told to, and why', async () => {
  play(BUY, { session: nobody });
  await screen.findByText(/nothing is ordered yet/);
  screen.getAllByRole('link', { name: 'Sign in' });
  expect(screen.queryByLabelText('For the tenant')).toBeNull();
});

test('who has no tenant registers one first, and comes back with it', async () => {
  const { user, address, last } = play(BUY, { kept: nothingBought });
  await user.click(await screen.findByRole('link', { name: 'Register a tenant' }));
  await user.type(await screen.findByLabelText('Name'), 'ada-home');
  await user.type(screen.getByLabelText('Invoices are made out to'), 'Ada{Enter}Gasse 1');
  await user.click(screen.getByRole('button', { name: 'Register the tenant' }));
  const chosen = await screen.findByLabelText<HTMLSelectElement>('For the tenant');
  expect(chosen.value).toBe('ada-home');
  expect(address()).toBe(BUY);
  expect(last('/tenants')?.body).toEqual({ tenant: 'ada-home', bill_to: 'Ada\nGasse 1' });
});

test('orders at the price that is shown, under a key, and shows the order', async () => {
  const { user, address, last } = play(`${BUY}?tenant=acme-office`);
  const button = await orderFor('€19.00');
  summary().getByText('ledgerline/invoicing, one month');
  summary().getByText(/renews until you cancel/);
  await user.type(screen.getByLabelText('Cost centre'), 'Sales 4711');
  await user.click(button);
  await screen.findByText('It is ordered. The invoice is below.');
  expect(address()).toMatch(/^\/account\/orders\/0+11$/);
  const order = last('/orders');
  expect(order?.body).toEqual({
    tenant: 'acme-office',
    module: 'ledgerline/invoicing',
    trial: false,
    cost_centre: 'Sales 4711',
  });
  expect(order?.headers.get('idempotency-key')).toMatch(/^[0-9a-f]{32}$/);
  expect(order?.headers.get('x-csrf-token')).toBe('the token');
});

test('the price follows what is wanted, in the sums of the registry', async () => {
  const { user, last } = play(BUY, {
    change: (module) => ({
      ...module,
      listing: { ...module.listing, pricing: { ...module.listing.pricing, per_seat: true } },
    }),
  });
  const seats = await screen.findByLabelText('Seats');
  await user.clear(seats);
  await user.type(seats, '3');
  await orderFor('€57.00');
  summary().getByText('3 × €19.00');
  await user.type(screen.getByLabelText('Coupon'), 'SPRING-27');
  await orderFor('€42.75');
  summary().getByText('-€14.25');
  expect(last('/quotes')?.body).toMatchObject({ seats: 3, coupon: 'SPRING-27' });
});

test('says why there is no price', async () => {
  const { user } = play(BUY);
  await orderFor('€19.00');
  await user.type(screen.getByLabelText('Coupon'), 'NONE');
  await screen.findByText('There is no price for this');
  screen.getByText(/there is no coupon/);
  expect(screen.queryByText('€19.00', { selector: 'td' })).toBeNull();
});

test('what is tried costs nothing, takes no coupon and is said to end', async () => {
  const { user, last } = play(`${BUY}?trial`);
  await screen.findByText(/ends by itself after 14 days/);
  expect(screen.queryByLabelText('Coupon')).toBeNull();
  summary().getByText('Nothing', { selector: 'td' });
  await user.click(screen.getByRole('button', { name: 'Start to try it' }));
  await screen.findByText('It is ordered, and can be used at once.');
  expect(last('/orders')?.body).toMatchObject({ trial: true });
});

test('who may not buy asks, and is told who decides', async () => {
  const office = tenant('acme-office', 'organisation', {
    spending_cap: { amount_minor: 50_000, currency: 'EUR', text: '500.00 EUR' },
  });
  const { user } = play(BUY, {
    kept: { ...acmeOffice, tenants: [{ tenant: office, role: 'reader' }] },
  });
  const ask = await screen.findByRole('button', { name: 'Ask for it' });
  summary().getByText(/an owner of the organisation, or up to €500.00 a month/);
  await user.click(ask);
  await screen.findByText(/Whoever may buy gets a letter/);
  screen.getByText('Waits for approval', { selector: 'header *' });
  expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
  screen.getByRole('button', { name: 'Cancel the order' });
});

test('nobody orders at a price that has changed since it was shown', async () => {
  let isDearer = false;
  const dearer = { amount_minor: 2900, currency: 'EUR', text: '29.00 EUR' };
  const { user, all } = play(BUY, {
    instead: (_, path) =>
      isDearer && path === '/quotes'
        ? { status: 200, body: { model: 'month', lines: [], total: dearer, may_buy: true } }
        : undefined,
  });
  const button = await orderFor('€19.00');
  isDearer = true;
  await user.click(button);
  await screen.findByText(/The price was not the one shown/);
  expect(all('/orders')).toHaveLength(0);
  await user.click(await orderFor('€29.00'));
  await waitFor(() => {
    expect(all('/orders')).toHaveLength(1);
  });
});

test('what failed on the way is sent again under the same key', async () => {
  let isDown = true;
  const { user, all } = play(BUY, {
    instead: (_, path) =>
      isDown && path === '/orders'
        ? { status: 503, body: problem(503, 'unavailable', 'Unavailable', 'come again later') }
        : undefined,
  });
  const button = await orderFor('€19.00');
  await user.click(button);
  await screen.findByText('come again later');
  isDown = false;
  await user.click(button);
  await screen.findByRole('heading', { level: 1, name: 'Order of ledgerline/invoicing' });
  const keys = all('/orders').map(({ headers }) => headers.get('idempotency-key'));
  expect(new Set(keys).size).toBe(1);
  expect(keys).toHaveLength(2);
});

import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { acmeOffice, nothingBought, tenant } from '../../fixtures/market';
import { problem } from '../../fixtures/problem';
import { play } from './played';

const region = async (name: string) => within(await screen.findByRole('region', { name }));

test('lists for whom one buys', async () => {
  play('/account/tenants');
  const list = within(await screen.findByRole('list', { name: 'Your tenants' }));
  expect(list.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual([
    '/account/tenants/ada-home',
    '/account/tenants/acme-office',
  ]);
  list.getByText('An organisation’s');
});

test('says what to do where there is none', async () => {
  play('/account/tenants', { kept: nothingBought });
  await screen.findByText('Register one, and buy modules for it.');
});

test('an account leads to its tenants', async () => {
  const { user, address } = play('/account');
  await user.click(await screen.findByRole('link', { name: 'Your tenants' }));
  expect(address()).toBe('/account/tenants');
});

test('registers one for an organisation, with what may be spent in cents', async () => {
  const { user, address, last } = play('/account/tenants/new');
  await user.type(await screen.findByLabelText('Name'), 'acme-lab');
  expect(screen.queryByLabelText('What may be spent in a month')).toBeNull();
  await user.click(screen.getByRole('radio', { name: /^Of acme/ }));
  await user.type(screen.getByLabelText('Invoices are made out to'), 'Acme');
  const cap = screen.getByLabelText('What may be spent in a month');
  await user.type(cap, 'much');
  await user.click(screen.getByRole('button', { name: 'Register the tenant' }));
  await screen.findByText(/an amount such as 500/);
  expect(last('/tenants')).toBeUndefined();
  await user.clear(cap);
  await user.type(cap, '4.35');
  await user.click(screen.getByRole('button', { name: 'Register the tenant' }));
  await screen.findByRole('heading', { level: 1, name: 'acme-lab' });
  expect(address()).toBe('/account/tenants/acme-lab');
  expect(last('/tenants')?.body).toEqual({
    tenant: 'acme-lab',
    namespace: 'acme',
    bill_to: 'Acme',
    spending_cap: { amount_minor: 435, currency: 'EUR' },
  });
});

test('says in the registry’s words that a name is taken', async () => {
  const { user } = play('/account/tenants/new');
  await user.type(await screen.findByLabelText('Name'), 'acme-office');
  await user.type(screen.getByLabelText('Invoices are made out to'), 'Ada');
  await user.click(screen.getByRole('button', { name: 'Register the tenant' }));
  await screen.findByText('acme-office', { selector: 'code' });
});

test('a tenant has its orders, its licences and its statement', async () => {
  play('/account/tenants/acme-office');
  const about = await region('About');
  about.getByText('bills@acme.example');
  about.getByText('€500.00');
  const orders = within(await (await region('Orders')).findByRole('list'));
  expect(orders.getAllByRole('listitem')).toHaveLength(3);
  orders.getByText('It is paid for until 20 Dec 2026, and renews then.');
  await (await region('Licences')).findByText('In force');
  const statement = await region('Statement');
  await statement.findByText('To be paid: €19.00');
  statement.getByText('bank 4812');
  expect(statement.getByRole('link', { name: 'Download as CSV' }).getAttribute('href')).toBe(
    '/api/v1/tenants/acme-office/statement.csv',
  );
});

test('an owner changes to whom invoices go', async () => {
  const { user, last } = play('/account/tenants/acme-office');
  await user.click(await screen.findByRole('button', { name: 'Change this' }));
  const mail = screen.getByLabelText<HTMLInputElement>('Mail address for invoices');
  expect(mail.value).toBe('bills@acme.example');
  await user.clear(mail);
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const done = await screen.findByText('It was changed.');
  expect(document.activeElement).toBe(done);
  expect(last('/tenants/acme-office')?.body).toEqual({
    bill_to: 'Acme\nKai 2\n20457 Hamburg',
    spending_cap: { amount_minor: 50_000, currency: 'EUR' },
  });
  await screen.findByText('None besides the people who may buy');
});

test('a reader sees no money, and changes nothing', async () => {
  const office = { tenant: tenant('acme-office', 'organisation'), role: 'reader' as const };
  play('/account/tenants/acme-office', { kept: { ...acmeOffice, tenants: [office] } });
  const statement = await region('Statement');
  statement.getByText(/see what is about money/);
  expect(screen.queryByRole('button', { name: 'Change this' })).toBeNull();
});

test('a tenant of others is none', async () => {
  play('/account/tenants/globex');
  await screen.findByRole('heading', { level: 1, name: 'There is no tenant globex of yours' });
});

test('says what went wrong, and tries again', async () => {
  let isDown = true;
  const { user } = play('/account/tenants', {
    instead: (_, path) =>
      isDown && path === '/tenants'
        ? { status: 503, body: problem(503, 'unavailable', 'Unavailable', 'come again later') }
        : undefined,
  });
  await screen.findByText('come again later');
  isDown = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByRole('list', { name: 'Your tenants' });
});

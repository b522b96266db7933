import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { nothingBought } from '../../fixtures/market';
import { ada } from '../../fixtures/people';
import { play } from './played';

const SALES = '/account/publishers/acme/sales';
const coupons = () => within(screen.getByRole('list', { name: 'Coupons' }));

test('says what a publisher is owed, and for what', async () => {
  play(SALES);
  const statement = within(await screen.findByRole('region', { name: 'Statement' }));
  await statement.findByText('You are owed: €32.30');
  statement.getByText('bank 4711');
  // The orders are of those who bought.
  expect(statement.queryByRole('link', { name: 'Order' })).toBeNull();
  expect(statement.getByRole('link', { name: 'Download as CSV' }).getAttribute('href')).toBe(
    '/api/v1/publishers/acme/statement.csv',
  );
});

test('is led to by the page of the publisher', async () => {
  const { user, address } = play('/account/publishers/acme');
  await user.click(await screen.findByRole('link', { name: 'Sales' }));
  expect(address()).toBe(SALES);
});

test('says that nothing was sold', async () => {
  play(SALES, { kept: nothingBought });
  await screen.findByText('Nothing was paid yet.');
  await screen.findByText('There is none.');
});

test('who is no member is told who sees it', async () => {
  const account = { ...ada.account, id: 'd'.repeat(32) };
  play(SALES, { session: { ...ada, account } });
  await screen.findByText(/see what was sold/);
  expect(screen.queryByRole('region', { name: 'Coupons' })).toBeNull();
});

test('lists coupons in words, and those that are over', async () => {
  play(SALES);
  await screen.findByText('SPRING-27');
  const rows = coupons()
    .getAllByRole('listitem')
    .map(({ textContent }) => textContent);
  expect(rows[0]).toContain('Takes off 25% of everything, for 3 periods');
  expect(rows[0]).not.toContain('Over');
  expect(rows[1]).toContain('Takes off €5.00 of acme/invoices, for all periods');
  expect(rows[1]).toContain('Over');
});

test('an owner makes one of a part, in hundredths of a percent', async () => {
  const { user, last } = play(SALES);
  await user.type(await screen.findByLabelText('Code'), 'autumn');
  const part = screen.getByLabelText('Percent');
  await user.type(part, '101');
  await user.click(screen.getByRole('button', { name: 'Make the coupon' }));
  await screen.findByText(/from 0.01 to 100 percent/);
  expect(last('/publishers/acme/coupons')).toBeUndefined();
  await user.clear(part);
  await user.type(part, '12.5');
  await user.type(screen.getByLabelText('For how many orders'), '20');
  await user.type(screen.getByLabelText('Last day'), '2099-12-31');
  await user.click(screen.getByRole('button', { name: 'Make the coupon' }));
  await screen.findByText('The coupon AUTUMN is made.');
  expect(last('/publishers/acme/coupons')?.body).toEqual({
    code: 'AUTUMN',
    part: 1250,
    most: 20,
    expires_at: '2099-12-31T23:59:59Z',
  });
  await coupons().findByText('AUTUMN');
});

test('an owner makes one of an amount, of one module', async () => {
  const { user, last } = play(SALES);
  await user.type(await screen.findByLabelText('Code'), 'FIVE-OFF');
  await user.type(screen.getByLabelText('Module'), 'invoices');
  await user.click(screen.getByRole('radio', { name: 'An amount' }));
  await user.type(screen.getByLabelText('Amount'), '4,35');
  await user.click(screen.getByRole('button', { name: 'Make the coupon' }));
  await screen.findByText('The coupon FIVE-OFF is made.');
  expect(last('/publishers/acme/coupons')?.body).toEqual({
    code: 'FIVE-OFF',
    module: 'invoices',
    amount: { amount_minor: 435, currency: 'EUR' },
  });
});

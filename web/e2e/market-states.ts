import { acmeOffice, nothingBought, order, tenant } from '../fixtures/market';
import { grace } from '../fixtures/people';
import { SOLD, withMarket } from './market';
import { expect, heading, unavailable, type Page } from './test';

const LONG = 'w'.repeat(100);
const pageOf = (number: number) => `/account/orders/${order(number, {}).id}`;

/** The pages on which people buy and sell, in every state. */
export const marketStates: { name: string; open: (page: Page) => Promise<void> }[] = [
  {
    name: 'a module that is sold',
    open: async (page) => {
      await withMarket(page);
      await page.goto(`/modules/${SOLD}`);
      await expect(page.getByRole('link', { name: `Buy ${SOLD}` })).toBeVisible();
    },
  },
  {
    name: 'buying',
    open: async (page) => {
      await withMarket(page);
      await page.goto(`/buy/${SOLD}`);
      await expect(page.getByRole('button', { name: 'Order for €19.00' })).toBeVisible();
    },
  },
  {
    name: 'buying with a coupon that there is not',
    open: async (page) => {
      await withMarket(page);
      await page.goto(`/buy/${SOLD}`);
      await page.getByLabel('Coupon').fill('NONE');
      await expect(page.getByText('There is no price for this')).toBeVisible();
    },
  },
  {
    name: 'buying for whoever may only ask, with the longest words',
    open: async (page) => {
      const office = tenant('w'.repeat(64), 'organisation', { bill_to: LONG });
      await withMarket(page, { ...nothingBought, tenants: [{ tenant: office, role: 'reader' }] });
      await page.goto(`/buy/${SOLD}`);
      await expect(page.getByRole('button', { name: 'Ask for it' })).toBeVisible();
    },
  },
  {
    name: 'buying without a tenant',
    open: async (page) => {
      await withMarket(page, nothingBought);
      await page.goto(`/buy/${SOLD}`);
      await expect(page.getByRole('link', { name: 'Register a tenant' })).toBeVisible();
    },
  },
  {
    name: 'tenants',
    open: async (page) => {
      await withMarket(page);
      await page.goto('/account/tenants');
      await expect(page.getByRole('list', { name: 'Your tenants' })).toBeVisible();
    },
  },
  {
    name: 'no tenants',
    open: async (page) => {
      await withMarket(page, nothingBought);
      await page.goto('/account/tenants');
      await expect(page.getByText('No tenant yet')).toBeVisible();
    },
  },
  {
    name: 'a new tenant of an organisation',
    open: async (page) => {
      await withMarket(page);
      await page.goto('/account/tenants/new');
      await page.getByRole('radio', { name: /^Of acme/ }).check();
      await expect(page.getByLabel('What may be spent in a month', { exact: true })).toBeVisible();
    },
  },
  {
    name: 'a tenant',
    open: async (page) => {
      await withMarket(page);
      await page.goto('/account/tenants/acme-office');
      await expect(page.getByText('To be paid: €19.00')).toBeVisible();
      await expect(page.getByText('In force')).toBeVisible();
    },
  },
  {
    name: 'a tenant that is about to be changed',
    open: async (page) => {
      await withMarket(page);
      await page.goto('/account/tenants/acme-office');
      await page.getByRole('button', { name: 'Change this' }).click();
      await expect(page.getByRole('button', { name: 'Save' })).toBeVisible();
    },
  },
  {
    name: 'a tenant whose orders cannot be had',
    open: async (page) => {
      await withMarket(page);
      await page.route(/\/tenants\/acme-office\/orders/, (route) => route.fulfill(unavailable));
      await page.goto('/account/tenants/acme-office');
      await expect(page.getByRole('alert').getByText('Temporarily unavailable')).toBeVisible();
    },
  },
  {
    name: 'an order that waits for approval',
    open: async (page) => {
      await withMarket(page);
      await page.goto(pageOf(4));
      await page.getByRole('button', { name: 'Decline' }).click();
      await expect(page.getByRole('dialog', { name: 'Decline this order?' })).toBeVisible();
    },
  },
  {
    name: 'an order that is to be paid, with the longest words',
    open: async (page) => {
      const orders = acmeOffice.orders.map((kept) => ({
        ...kept,
        detail: {
          ...kept.detail,
          order: { ...kept.detail.order, cost_centre: LONG },
          events: kept.detail.events.map((event) => ({ ...event, reason: LONG })),
        },
      }));
      await withMarket(page, { ...acmeOffice, orders });
      await page.goto(pageOf(3));
      await expect(page.getByRole('list', { name: 'Invoices' })).toBeVisible();
    },
  },
  {
    name: 'an order that is about to be cancelled',
    open: async (page) => {
      await withMarket(page);
      await page.goto(pageOf(1));
      await page.getByRole('button', { name: 'Cancel the order' }).click();
      await expect(page.getByRole('dialog', { name: 'Cancel this order?' })).toBeVisible();
    },
  },
  {
    name: 'orders, for operators',
    open: async (page) => {
      await withMarket(page, acmeOffice, grace);
      await page.goto('/orders');
      await expect(page.getByRole('list', { name: 'Orders' })).toBeVisible();
    },
  },
  {
    name: 'sales',
    open: async (page) => {
      await withMarket(page);
      await page.goto('/account/publishers/acme/sales');
      await expect(heading(page, 'Sales of acme')).toBeVisible();
      await expect(page.getByRole('list', { name: 'Coupons' })).toBeVisible();
      await page.getByRole('radio', { name: 'An amount' }).check();
    },
  },
];

import { acme } from '../fixtures/publishers';
import { withPublishers } from './publishers';
import { expect, heading, unavailable, type Page } from './test';

const LONG = 'w'.repeat(80);
const NAMESPACE = 'n'.repeat(40);

/** The page of a publisher with everything in it. */
async function open(page: Page, namespace = 'acme'): Promise<void> {
  await page.goto(`/account/publishers/${namespace}`);
  await expect(heading(page, namespace)).toBeVisible();
  await expect(page.getByRole('list', { name: 'Members' })).toBeVisible();
  await expect(page.getByText(/^3 of 100$/)).toBeVisible();
}

/** The pages on which a person runs a publisher, in every state. */
export const publisherStates: { name: string; open: (page: Page) => Promise<void> }[] = [
  {
    name: 'a new publisher',
    open: async (page) => {
      await withPublishers(page);
      await page.goto('/account/publishers/new');
      await expect(heading(page, 'New publisher')).toBeVisible();
    },
  },
  {
    name: 'a new publisher whose name is taken',
    open: async (page) => {
      await withPublishers(page);
      await page.goto('/account/publishers/new');
      await page.getByLabel('Namespace').fill('acme');
      await page.getByLabel('Display name').fill('Acme');
      await page.getByRole('button', { name: 'Make the publisher' }).click();
      await expect(page.getByText('is taken')).toBeVisible();
    },
  },
  {
    name: 'a publisher that was made, with its token',
    open: async (page) => {
      await withPublishers(page);
      await page.goto('/account/publishers/new');
      await page.getByLabel('Namespace').fill('globex');
      await page.getByLabel('Display name').fill('Globex');
      await page.getByRole('button', { name: 'Make the publisher' }).click();
      await expect(page.getByText('The publisher globex is made.')).toBeFocused();
    },
  },
  {
    name: 'a publisher, for one of its owners',
    open: async (page) => {
      await withPublishers(page);
      await open(page);
    },
  },
  {
    name: 'a person’s publisher',
    open: async (page) => {
      await withPublishers(page);
      await open(page, 'ada');
    },
  },
  {
    name: 'a publisher, with a role about to be changed',
    open: async (page) => {
      await withPublishers(page);
      await open(page);
      await page.getByRole('button', { name: 'Change the role of Linus' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
  {
    name: 'a publisher that is about to be offered',
    open: async (page) => {
      await withPublishers(page);
      await open(page);
      await page.getByRole('button', { name: 'Offer the namespace' }).click();
      await expect(
        page.getByRole('dialog', { name: 'Offer acme to somebody else?' }),
      ).toBeVisible();
    },
  },
  {
    name: 'a publisher with the longest words',
    open: async (page) => {
      const email = `${LONG}@example.org`;
      await withPublishers(page, [
        {
          ...acme,
          publisher: { ...acme.publisher, namespace: NAMESPACE, display_name: LONG },
          members: acme.members.map((one) => ({ ...one, name: LONG, email })),
          proposals: acme.proposals.map((one) => ({
            ...one,
            action: { kind: 'invite-owner', name: LONG, email },
            opened_by: { ...one.opened_by, name: LONG },
            approvals: one.approvals.map((approval) => ({ ...approval, name: LONG })),
          })),
          transfer: {
            namespace: NAMESPACE,
            name: LONG,
            email,
            offered_at: '2026-11-28T12:00:00Z',
            expires_at: '2026-12-12T12:00:00Z',
          },
        },
      ]);
      await open(page, NAMESPACE);
    },
  },
  {
    name: 'a publisher whose people cannot be had',
    open: async (page) => {
      await withPublishers(page);
      await page.route(/\/api\/v1\/publishers\/acme\/members(\?|$)/, (route) =>
        route.fulfill(unavailable),
      );
      await page.goto('/account/publishers/acme');
      await expect(page.getByRole('alert').getByText('Temporarily unavailable')).toBeVisible();
    },
  },
];

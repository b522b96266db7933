import { AccountsFixture, listedAccounts } from '../fixtures/listedAccounts';
import { appeals, heldNames, ModerationFixture, reports } from '../fixtures/moderation';
import { sent } from '../fixtures/submissions';
import { withAccounts, withModeration, withWithheld } from './moderation';
import { expect, heading, unavailable, type Page } from './test';

const LONG = 'w'.repeat(300);
const MODULE = `${'n'.repeat(60)}/${'m'.repeat(60)}`;

const list = (page: Page, name: string) => page.getByRole('list', { name });

/** The pages about reports, appeals and held names, in every state. */
export const moderationStates: { name: string; open: (page: Page) => Promise<void> }[] = [
  {
    name: 'reported modules',
    open: async (page) => {
      await withModeration(page, 'operator');
      await page.goto('/reports');
      await expect(list(page, 'Reported modules').getByRole('listitem')).toHaveCount(2);
    },
  },
  {
    name: 'no reported modules',
    open: async (page) => {
      await withModeration(page, 'operator', new ModerationFixture());
      await page.goto('/reports');
      await expect(page.getByText('No report waits.')).toBeVisible();
    },
  },
  {
    name: 'reported modules that cannot be had',
    open: async (page) => {
      await withModeration(page, 'operator');
      await page.route('**/api/v1/reports/modules', (route) => route.fulfill(unavailable));
      await page.goto('/reports');
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'reports of a module',
    open: async (page) => {
      await withModeration(page, 'operator');
      await page.goto('/reports/acme/invoices');
      await expect(list(page, 'Reports').getByRole('listitem')).toHaveCount(2);
    },
  },
  {
    name: 'a report about to be confirmed, with what cannot be undone',
    open: async (page) => {
      await withModeration(page, 'operator');
      await page.goto('/reports/acme/invoices');
      await page.getByRole('button', { name: 'Confirm the report' }).first().click();
      await page.getByRole('radio', { name: 'Revoke a version' }).check();
      await expect(page.getByText('This cannot be undone for whoever uses it')).toBeVisible();
    },
  },
  {
    name: 'a report that was dismissed',
    open: async (page) => {
      await withModeration(page, 'operator');
      await page.goto('/reports/acme/invoices');
      await page.getByRole('button', { name: 'Dismiss the report' }).first().click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Reason').fill('it is not so');
      await dialog.getByRole('button', { name: 'Dismiss it' }).click();
      await expect(page.getByText('Dismissed.')).toBeFocused();
    },
  },
  {
    name: 'reports with the longest words',
    open: async (page) => {
      const [one] = reports;
      const version = `1.0.0-${'p'.repeat(60)}`;
      await withModeration(
        page,
        'operator',
        new ModerationFixture(
          reports.map((report) => ({ ...report, ...one, module: MODULE, version, text: LONG })),
        ),
      );
      await page.goto('/reports');
      await page.getByRole('link', { name: MODULE }).click();
      await expect(list(page, 'Reports').getByText(LONG).first()).toBeVisible();
    },
  },
  {
    name: 'appeals',
    open: async (page) => {
      await withModeration(page, 'operator');
      await page.goto('/appeals');
      await expect(list(page, 'Appeals').getByRole('listitem')).toHaveCount(3);
    },
  },
  {
    name: 'an appeal about to be granted',
    open: async (page) => {
      await withModeration(page, 'operator');
      await page.goto('/appeals');
      await page.getByRole('button', { name: 'Grant the appeal' }).first().click();
      await expect(page.getByRole('dialog', { name: 'Grant the appeal?' })).toBeVisible();
    },
  },
  {
    name: 'appeals of a publisher, with the longest words',
    open: async (page) => {
      const longest = appeals.map((appeal) => ({
        ...appeal,
        text: LONG,
        about: `\`acme/${'m'.repeat(60)}\` 1.0.0-${'p'.repeat(60)}`,
        publisher: 'acme',
        ...(appeal.reason ? { reason: LONG } : {}),
      }));
      await withModeration(page, 'publisher', new ModerationFixture([], longest));
      await page.goto('/account/appeals?publisher=acme');
      await expect(list(page, 'Appeals').getByRole('listitem')).toHaveCount(5);
    },
  },
  {
    name: 'appeals of a person, about to appeal for a namespace',
    open: async (page) => {
      await withModeration(page, 'publisher');
      await page.goto('/account/appeals');
      await expect(list(page, 'Your own').getByRole('listitem')).toHaveCount(1);
      await page.getByRole('button', { name: 'Appeal for a namespace' }).click();
      await expect(page.getByRole('dialog', { name: 'Appeal for a namespace' })).toBeVisible();
    },
  },
  {
    name: 'held names',
    open: async (page) => {
      await withModeration(page, 'operator');
      await page.goto('/names');
      await expect(list(page, 'Held names').getByRole('listitem')).toHaveCount(2);
    },
  },
  {
    name: 'no held names',
    open: async (page) => {
      await withModeration(page, 'operator', new ModerationFixture());
      await page.goto('/names');
      await expect(page.getByText('No name waits.')).toBeVisible();
    },
  },
  {
    name: 'held names that cannot be had',
    open: async (page) => {
      await withModeration(page, 'operator');
      await page.route(/\/api\/v1\/names\/held/, (route) => route.fulfill(unavailable));
      await page.goto('/names');
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'a held name about to be refused',
    open: async (page) => {
      await withModeration(page, 'operator');
      await page.goto('/names');
      await page.getByRole('button', { name: 'Refuse acme/invoces' }).click();
      await expect(page.getByRole('dialog', { name: 'Refuse acme/invoces?' })).toBeVisible();
    },
  },
  {
    name: 'refused names with the longest words',
    open: async (page) => {
      const longest = heldNames.map((one) => ({
        ...one,
        name: MODULE,
        resembles: `${'r'.repeat(60)}/${'o'.repeat(60)}`,
        asked_by: { name: 'n'.repeat(100), email: `${'e'.repeat(60)}@example.org` },
        ...(one.reason ? { reason: LONG } : {}),
      }));
      await withModeration(page, 'operator', new ModerationFixture([], [], longest));
      await page.goto('/names?state=refused');
      await expect(list(page, 'Held names').getByText(LONG)).toBeVisible();
    },
  },
  {
    name: 'accounts',
    open: async (page) => {
      await withAccounts(page);
      await page.goto('/accounts');
      await expect(page.getByText('it was taken over')).toBeVisible();
    },
  },
  {
    name: 'no accounts',
    open: async (page) => {
      await withAccounts(page, new AccountsFixture());
      await page.goto('/accounts');
      await expect(page.getByText('There is no such account.')).toBeVisible();
    },
  },
  {
    name: 'accounts that cannot be had',
    open: async (page) => {
      await withAccounts(page);
      await page.route(/\/api\/v1\/accounts/, (route) => route.fulfill(unavailable));
      await page.goto('/accounts');
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'an account about to be disabled',
    open: async (page) => {
      await withAccounts(page);
      await page.goto('/accounts');
      await page.getByRole('button', { name: 'Disable eve@example.org' }).click();
      await expect(page.getByRole('dialog', { name: 'Disable eve@example.org?' })).toBeVisible();
    },
  },
  {
    name: 'accounts with the longest words',
    open: async (page) => {
      const longest = listedAccounts.map((one) => ({
        ...one,
        name: 'n'.repeat(80),
        email: `${'e'.repeat(60)}@${'d'.repeat(60)}.example.org`,
        ...(one.disabled_for ? { disabled_for: LONG } : {}),
      }));
      await withAccounts(page, new AccountsFixture(longest));
      await page.goto('/accounts');
      await expect(page.getByText(LONG)).toBeVisible();
    },
  },
  {
    name: 'submissions with names that were held, for their owner',
    open: async (page) => {
      await withModeration(page, 'publisher');
      await page.goto('/account/submissions?publisher=acme');
      await expect(page.getByRole('button', { name: 'Appeal about acme/greeter-2' })).toBeVisible();
    },
  },
  {
    name: 'a module that is withheld, for its owner',
    open: async (page) => {
      await withWithheld(page, 'quarantine');
      await page.goto('/modules/adx/hello');
      await expect(page.getByRole('button', { name: 'Appeal' })).toBeVisible();
    },
  },
  {
    name: 'a module that was taken down, for its owner who is about to appeal',
    open: async (page) => {
      await withWithheld(page, 'takedown');
      await page.goto('/modules/adx/hello');
      await expect(heading(page, 'This was taken down')).toBeVisible();
      await page.getByRole('button', { name: 'Appeal' }).click();
      await expect(page.getByRole('dialog', { name: 'Appeal about adx/hello' })).toBeVisible();
    },
  },
  {
    name: 'a submission that was rejected, for its owner',
    open: async (page) => {
      await withModeration(page, 'publisher');
      await page.goto(`/submissions/${sent.find(({ state }) => state === 'rejected')?.id}`);
      await expect(page.getByRole('button', { name: 'Appeal' })).toBeVisible();
    },
  },
];

import { appeals, ModerationFixture, reports } from '../fixtures/moderation';
import { sent } from '../fixtures/submissions';
import { withModeration, withWithheld } from './moderation';
import { expect, heading, unavailable, type Page } from './test';

const LONG = 'w'.repeat(300);
const MODULE = `${'n'.repeat(60)}/${'m'.repeat(60)}`;

const list = (page: Page, name: string) => page.getByRole('list', { name });

/** The pages about reports and appeals, in every state. */
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
        subject: `acme/${'m'.repeat(60)}@1.0.0-${'p'.repeat(60)}`,
        ...(appeal.reason ? { reason: LONG } : {}),
      }));
      await withModeration(page, 'publisher', new ModerationFixture([], longest));
      await page.goto('/account/appeals?publisher=acme');
      await expect(list(page, 'Appeals').getByRole('listitem')).toHaveCount(5);
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

import { sent } from '../fixtures/submissions';
import { withModeration, withWithheld } from './moderation';
import { withPublishers } from './publishers';
import { withSubmissions } from './submissions';
import { test, type Page } from './test';

const OUT = 'test-results/pictures';
/** The picture that the project's README shows. */
const LISTING = '../docs/images/listing.png';

const pages = [
  ['search', '/'],
  ['question', '/?q=invoice'],
  ['filtered', '/?category=finance&category=people&verified=true&platform=1.4.0'],
  ['meant', '/?q=helllo&tag=demo'],
  ['empty', '/?q=zzzz'],
  ['listing', '/modules/adx/hello'],
  ['long', '/modules/ledgerline/invoicing'],
  ['bare', '/modules/adx/calculator'],
  ['versions', '/modules/ledgerline/invoicing?tab=versions'],
  ['yanked', '/modules/ledgerline/invoicing/5.0.2'],
  ['sign-in', '/sign-in'],
  ['verify', '/verify'],
  ['missing', '/modules/adx/nothing'],
] as const;

/** What somebody sees who is signed in; the last is about to be rejected. */
const reviewed = [
  ['submissions', '/account/submissions?publisher=acme'],
  ['submission', `/submissions/${sent[2]?.id}`],
  ['publishing', '/account/publishing?publisher=acme'],
  ['queue', '/review'],
  ['harmful', `/review/${sent[1]?.id}`],
  ['review', `/review/${sent[0]?.id}`],
] as const;

/** What an owner sees of its publishers. */
const ran = [
  ['new-publisher', '/account/publishers/new'],
  ['publisher', '/account/publishers/acme'],
  ['persons-publisher', '/account/publishers/ada'],
] as const;

/** What operators see of reports, appeals and held names. */
const moderated = [
  ['reported', '/reports'],
  ['appeals', '/appeals'],
  ['names', '/names'],
  ['own-appeals', '/account/appeals?publisher=acme'],
  ['reports', '/reports/acme/invoices'],
] as const;

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path, { waitUntil: 'networkidle' });
}

/** No assertions: for people to look at. */
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, width, height] of [
    ['wide', 1200, 800],
    ['phone', 375, 812],
  ] as const) {
    test(`pictures, ${colorScheme}, ${size}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height });
      for (const [name, path] of pages) {
        await open(page, path);
        await page.screenshot({
          path: `${OUT}/${name}-${size}-${colorScheme}.png`,
          fullPage: size === 'phone',
        });
      }
      if (size === 'phone') {
        await open(page, '/?category=finance');
        await page.getByRole('button', { name: 'Filters' }).click();
        await page.screenshot({
          path: `${OUT}/filters-${size}-${colorScheme}.png`,
          fullPage: true,
        });
      }
      await page.route('**/api/v1/**', (route) => route.abort());
      await open(page, '/');
      await page.screenshot({ path: `${OUT}/error-${size}-${colorScheme}.png` });
    });
    test(`pictures of what was sent, ${colorScheme}, ${size}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height });
      await withSubmissions(page, 'operator');
      for (const [name, path] of reviewed) {
        await open(page, path);
        await page.screenshot({
          path: `${OUT}/${name}-${size}-${colorScheme}.png`,
          fullPage: true,
        });
      }
      await page.getByRole('button', { name: 'Reject' }).click();
      await page.screenshot({ path: `${OUT}/rejecting-${size}-${colorScheme}.png` });
    });
    test(`pictures of publishers, ${colorScheme}, ${size}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height });
      await withPublishers(page);
      for (const [name, path] of ran) {
        await open(page, path);
        await page.screenshot({
          path: `${OUT}/${name}-${size}-${colorScheme}.png`,
          fullPage: true,
        });
      }
    });
    test(`pictures of reports and appeals, ${colorScheme}, ${size}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height });
      await withModeration(page, 'operator');
      for (const [name, path] of moderated) {
        await open(page, path);
        await page.screenshot({
          path: `${OUT}/${name}-${size}-${colorScheme}.png`,
          fullPage: true,
        });
      }
      await page.getByRole('button', { name: 'Confirm the report' }).first().click();
      await page.getByRole('radio', { name: 'Revoke a version' }).check();
      await page.screenshot({ path: `${OUT}/confirming-${size}-${colorScheme}.png` });
      await page.unrouteAll();
      await withWithheld(page, 'quarantine');
      await open(page, '/modules/adx/hello');
      await page.screenshot({ path: `${OUT}/withheld-${size}-${colorScheme}.png` });
    });
  }
}

test('the picture of the listing page', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 1200, height: 860 });
  await open(page, '/modules/adx/hello');
  await page.screenshot({ path: LISTING });
});

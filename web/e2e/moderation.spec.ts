import { heldNames, ModerationFixture } from '../fixtures/moderation';
import { withAccounts, withModeration, withWithheld } from './moderation';
import { signInAsOperator, signUp } from './people';
import { expect, heading, hello, test, type Page } from './test';

const list = (page: Page, name: string) => page.getByRole('list', { name });
const site = (page: Page) => page.getByRole('navigation', { name: 'Site' });

/** Reports adx/hello by its page, and gives the words that were said: nobody has said them before. */
async function report(page: Page): Promise<string> {
  const text = `Played by a test, ${await signUp(page)} says.`;
  await page.goto('/?q=hello');
  await hello(page).click();
  await page.getByRole('button', { name: 'Report this module' }).click();
  const dialog = page.getByRole('dialog', { name: 'Report Hello' });
  await dialog.getByLabel('What is wrong').selectOption('other');
  await dialog.getByLabel('What you found').fill(text);
  await dialog.getByRole('button', { name: 'Send the report' }).click();
  await expect(dialog.getByRole('status')).toContainText('Thank you');
  return text;
}

test('people report a module, and an operator decides on it; the others see nothing of it', async ({
  page,
  browser,
  baseURL,
}) => {
  const first = await report(page);
  await expect(site(page).getByRole('link', { name: 'Reports' })).toHaveCount(0);
  await page.goto('/reports');
  await expect(heading(page, 'This is for operators')).toBeVisible();
  for (const address of ['/appeals', '/names', '/accounts']) {
    await page.goto(address);
    await expect(heading(page, 'This is for operators')).toBeVisible();
  }

  const options = baseURL ? { baseURL } : {};
  const elsewhere = await browser.newContext(options);
  const second = await report(await elsewhere.newPage());
  await elsewhere.close();

  const desk = await browser.newContext({ ...options, locale: 'en-GB' });
  const operator = await desk.newPage();
  await signInAsOperator(operator);
  await site(operator).getByRole('link', { name: 'Reports' }).click();
  await expect(heading(operator, 'Reports')).toBeFocused();
  await list(operator, 'Reported modules').getByRole('link', { name: 'adx/hello' }).click();
  await expect(heading(operator, 'Reports of adx/hello')).toBeFocused();
  const said = (text: string) =>
    list(operator, 'Reports').getByRole('listitem').filter({ hasText: text });
  await expect(said(first).getByText('Signed in as')).toBeVisible();
  await expect(said(second)).toHaveCount(1);

  const dialog = operator.getByRole('dialog');
  await said(first).getByRole('button', { name: 'Dismiss' }).click();
  await dialog.getByLabel('Reason').fill('a test has played it');
  await dialog.getByRole('button', { name: 'Dismiss it' }).click();
  await expect(operator.getByText('Dismissed.')).toBeFocused();
  await expect(said(first)).toHaveCount(0);

  await said(second).getByRole('button', { name: 'Confirm' }).click();
  await dialog.getByLabel('Reason').fill('a test has played it');
  await dialog.getByRole('button', { name: 'Confirm it' }).click();
  await expect(operator.getByText('Confirmed, and done.')).toBeFocused();
  await expect(said(second)).toHaveCount(0);
  // Nothing was done about the module.
  await operator.getByRole('link', { name: 'Go to the module' }).click();
  await expect(operator.getByRole('heading', { name: 'Install', exact: true })).toBeVisible();
  await expect(operator.getByText('In quarantine')).toHaveCount(0);

  await site(operator).getByRole('link', { name: 'Appeals' }).click();
  await expect(heading(operator, 'Appeals')).toBeFocused();
  await desk.close();
});

test('an operator finds the worst, and confirms every report of it, by keyboard alone', async ({
  page,
}) => {
  await withModeration(page, 'operator');
  await page.goto('/');
  await site(page).getByRole('link', { name: 'Reports' }).focus();
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Reports')).toBeFocused();
  await expect(page).toHaveTitle('Reports · ADX Marketplace');
  const modules = list(page, 'Reported modules');
  await expect(modules.getByRole('link')).toHaveText(['acme/invoices', 'quietworks/shift-planner']);
  await modules.getByRole('link', { name: 'acme/invoices' }).press('Enter');
  await expect(heading(page, 'Reports of acme/invoices')).toBeFocused();

  const confirm = page.getByRole('button', { name: 'Confirm the report of 21 November' });
  await confirm.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Confirm a report of acme/invoices' });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(confirm).toBeFocused();
  await page.keyboard.press('Enter');
  await dialog.getByRole('radio', { name: /^Nothing/ }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(dialog.getByRole('radio', { name: 'Revoke a version' })).toBeChecked();
  await expect(dialog.getByText('This cannot be undone for whoever uses it')).toBeVisible();
  await expect(dialog.getByLabel('Version', { exact: true })).toHaveValue('1.2.0');
  await dialog.getByRole('radio', { name: 'Every one of this module' }).press('Space');
  await dialog.getByRole('button', { name: 'Confirm it' }).press('Enter');
  // The browser says that there must be a reason.
  await expect(dialog.getByLabel('Reason')).toBeFocused();
  await page.keyboard.type('it sends names to a stranger');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Confirmed, and done.')).toBeFocused();
  await expect(page.getByText('No report of this module waits.')).toBeVisible();

  await page.getByRole('radio', { name: 'Confirmed' }).press('Space');
  await expect(list(page, 'Reports').getByText('it sends names to a stranger')).toHaveCount(2);
  await page.getByRole('link', { name: 'Reports', exact: true }).first().click();
  await expect(modules.getByRole('listitem')).toHaveCount(1);
});

test('an operator grants an appeal, and denies another', async ({ page }) => {
  await withModeration(page, 'operator');
  await page.goto('/appeals');
  const rows = list(page, 'Appeals').getByRole('listitem');
  await expect(rows).toHaveCount(3);
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Grant the appeal about acme/invoices 1.2.0' }).click();
  await expect(dialog.getByText('takedown of the version ends with this')).toBeVisible();
  await dialog.getByLabel('Reason').fill('the README names the host now');
  await dialog.getByRole('button', { name: 'Grant it' }).click();
  await expect(page.getByText('Granted. What it was about is undone.')).toBeFocused();
  await expect(rows).toHaveCount(2);
  await page.getByRole('button', { name: 'Deny the appeal about acme/greeter' }).click();
  await dialog.getByLabel('Reason').fill('it steals');
  await dialog.getByRole('button', { name: 'Deny it' }).click();
  await expect(page.getByText('Denied.', { exact: true })).toBeFocused();
  await expect(rows).toHaveCount(1);
  await page.getByRole('radio', { name: 'Granted' }).check();
  await expect(page).toHaveURL(/\/appeals\?state=granted$/);
  await expect(rows).toHaveCount(2);
});

test('an operator refuses a held name, who asked for it appeals, and another operator allows it', async ({
  page,
}) => {
  const fixture = new ModerationFixture([], [], heldNames);
  await withModeration(page, 'operator', fixture);
  await page.goto('/');
  await site(page).getByRole('link', { name: 'Names' }).press('Enter');
  await expect(heading(page, 'Names')).toBeFocused();
  await expect(page).toHaveTitle('Names · ADX Marketplace');
  const rows = list(page, 'Held names').getByRole('listitem');
  await expect(rows.getByRole('heading')).toHaveText([
    'acme/invoces leaves out a character of ledgerline/invoices',
    'ledgerlime looks like ledgerline',
  ]);
  await expect(rows.nth(0)).toContainText('for acme');
  await expect(rows.nth(1)).toContainText('by Eve <eve@example.org>');

  const refuse = page.getByRole('button', { name: 'Refuse ledgerlime' });
  await refuse.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(refuse).toBeFocused();
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Refuse it' }).press('Enter');
  // The browser says that there must be a reason.
  await expect(dialog.getByLabel('Reason')).toBeFocused();
  await page.keyboard.type('it would be taken for ledgerline');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Refused.', { exact: true })).toBeFocused();
  await expect(rows).toHaveCount(1);
  await page.getByRole('radio', { name: 'Refused' }).press('Space');
  await expect(page).toHaveURL(/\/names\?state=refused$/);
  await expect(rows.getByText('it would be taken for ledgerline')).toBeVisible();

  await withModeration(page, 'publisher', fixture);
  await page.goto('/account/appeals');
  await page.getByRole('button', { name: 'Appeal for a namespace' }).click();
  await dialog.getByLabel('Namespace').fill('ledgerlime');
  await dialog.getByLabel('Why it should be yours').fill('It is our fruit.');
  await dialog.getByRole('button', { name: 'Send the appeal' }).click();
  await expect(page.getByText('An operator of this registry looks at it.')).toBeFocused();
  const own = list(page, 'Your own').getByRole('listitem');
  await expect(own.getByRole('heading')).toHaveText('About the name ledgerlime');

  await withModeration(page, 'operator', fixture);
  await page.goto('/appeals');
  await expect(list(page, 'Appeals').getByRole('listitem')).toContainText('by Ada Löwe <ada@');
  await page.getByRole('button', { name: 'Grant the appeal about the name ledgerlime' }).click();
  await expect(dialog.getByText('The name is allowed with this')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.goto('/names?state=refused');
  await page.getByRole('button', { name: 'Allow ledgerlime' }).click();
  await dialog.getByRole('button', { name: 'Allow it' }).click();
  await expect(page.getByText('Allowed.', { exact: true })).toBeFocused();
});

test('an operator finds somebody, keeps it out for a reason, and lets it in again', async ({
  page,
}) => {
  await withAccounts(page);
  await page.goto('/');
  await site(page).getByRole('link', { name: 'People' }).press('Enter');
  await expect(heading(page, 'People')).toBeFocused();
  await expect(page).toHaveTitle('People · ADX Marketplace');
  const enabling = page.getByRole('button', { name: /^Enable / });
  const disabling = page.getByRole('button', { name: /^Disable / });
  await expect(disabling).toHaveCount(1);
  await expect(page.getByText('it was taken over')).toBeVisible();
  await page.getByLabel('Name or address').fill('EVE');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/accounts\?q=EVE$/);
  await expect(enabling).toHaveCount(0);

  const disable = page.getByRole('button', { name: 'Disable eve@example.org' });
  await disable.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(disable).toBeFocused();
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Disable it' }).press('Enter');
  // The browser says that there must be a reason.
  await expect(dialog.getByLabel('Reason')).toBeFocused();
  await page.keyboard.type('it sends spam');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Disabled.', { exact: true })).toBeFocused();
  await expect(page.getByText('it sends spam')).toBeVisible();

  await page.getByRole('button', { name: 'Enable eve@example.org' }).press('Enter');
  await dialog.getByRole('button', { name: 'Enable it' }).press('Enter');
  await expect(page.getByText('Enabled.', { exact: true })).toBeFocused();
  await expect(disable).toBeVisible();
});

test('an owner finds the names that were held among the submissions, and appeals', async ({
  page,
}) => {
  await withModeration(page, 'publisher', new ModerationFixture([], [], heldNames));
  await page.goto('/account/submissions?publisher=acme');
  const names = page.getByRole('region', { name: 'Names that were held' });
  await expect(names.getByRole('listitem')).toHaveCount(3);
  await names.getByRole('button', { name: 'Appeal about acme/greeter-2' }).click();
  const dialog = page.getByRole('dialog', { name: 'Appeal about acme/greeter-2' });
  await dialog.getByLabel('What is wrong with the decision').fill('It greets in two languages.');
  await dialog.getByRole('button', { name: 'Send the appeal' }).click();
  await expect(names.getByText('An operator of this registry looks at it.')).toBeFocused();
  await names.getByRole('link', { name: 'Appeals of acme' }).click();
  const appeals = list(page, 'Appeals').getByRole('listitem');
  await expect(appeals.getByRole('heading')).toHaveText('About the name acme/greeter-2');
});

test('an owner appeals where its module is withheld, by keyboard alone, and finds the appeal', async ({
  page,
}) => {
  await withWithheld(page, 'quarantine');
  await page.goto('/modules/adx/hello');
  const appeal = page.getByRole('button', { name: 'Appeal' });
  await appeal.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Appeal about adx/hello' });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(appeal).toBeFocused();
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Send the appeal' }).press('Enter');
  // The browser says that something must be said.
  await expect(dialog.getByLabel('What is wrong with the decision')).toBeFocused();
  await page.keyboard.type('It steals nothing.');
  await dialog.getByRole('button', { name: 'Send the appeal' }).press('Enter');
  await expect(page.getByText('An operator of this registry looks at it.')).toBeFocused();
  await page.getByRole('link', { name: 'Appeals of adx' }).press('Enter');
  await expect(heading(page, 'Appeals')).toBeFocused();
  await expect(list(page, 'Appeals').getByText('It steals nothing.')).toBeVisible();
  await page.goto('/modules/adx/hello');
  await expect(page.getByText('An appeal waits for an operator.')).toBeVisible();
  await expect(appeal).toHaveCount(0);
});

test('an owner appeals where its module was taken down', async ({ page }) => {
  await withWithheld(page, 'takedown');
  await page.goto('/modules/adx/hello');
  await page.getByRole('button', { name: 'Appeal' }).click();
  const dialog = page.getByRole('dialog', { name: 'Appeal about adx/hello' });
  await dialog.getByLabel('What is wrong with the decision').fill('The court was another one.');
  await dialog.getByRole('button', { name: 'Send the appeal' }).click();
  await expect(page.getByText('An operator of this registry looks at it.')).toBeFocused();
});

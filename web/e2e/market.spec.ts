import { randomBytes } from 'node:crypto';
import { order } from '../fixtures/market';
import { SOLD, withMarket } from './market';
import { signInAsOperator, signUp } from './people';
import { expect, heading, test } from './test';

test('somebody registers a tenant, tries a module and buys it, and it is paid', async ({
  page,
  browser,
  baseURL,
}) => {
  test.slow();
  const tenant = `office-${randomBytes(6).toString('hex')}`;
  await page.goto('/?price=subscription');
  await page.locator('[data-result]').first().click();
  const offer = page.getByRole('region', { name: 'Price' });
  await offer.getByRole('link', { name: /^Buy / }).click();
  await expect(page.getByText('nothing is ordered yet')).toBeVisible();
  const buy = new URL(page.url()).pathname;

  await signUp(page);
  await page.goto(buy);
  await page.getByRole('link', { name: 'Register a tenant' }).click();
  await page.getByLabel('Name', { exact: true }).fill(tenant);
  await page.getByLabel('Invoices are made out to').fill('Ada Löwe\nGasse 1');
  await page.getByRole('button', { name: 'Register the tenant' }).click();
  await expect(heading(page, /^Buy /)).toBeFocused();
  await expect(page.getByLabel('For the tenant')).toHaveValue(tenant);

  await page.getByRole('radio', { name: /^Try it for/ }).check();
  await page.getByRole('button', { name: 'Start to try it' }).click();
  await expect(heading(page, /^Order of /)).toBeFocused();
  await expect(page.getByText('It is ordered, and can be used at once.')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel the order' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel this order?' });
  await expect(dialog.getByText('It cannot be tried again.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel the order' }).click();
  await expect(page.getByText('It is cancelled.')).toBeFocused();

  await page.goto(`${buy}?tenant=${tenant}`);
  await page.getByLabel('Cost centre').fill('4711');
  await page.getByRole('button', { name: /^Order for €/ }).click();
  await expect(page.getByText('It is ordered. The invoice is below.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'How to pay' })).toContainText('Pay ');
  const invoices = page.getByRole('list', { name: 'Invoices' });
  await expect(invoices.getByText('Open', { exact: true })).toBeVisible();
  await expect(invoices.getByRole('link', { name: /as PDF$/ })).toBeVisible();
  const placed = new URL(page.url()).pathname;

  const elsewhere = await browser.newContext(baseURL ? { baseURL } : {});
  const operator = await elsewhere.newPage();
  await signInAsOperator(operator);
  await operator.goto(placed);
  await operator.getByRole('button', { name: 'Note that it was paid' }).click();
  const noted = operator.getByRole('dialog', { name: 'Note that it was paid' });
  await noted.getByLabel('What the bank calls it').fill(`bank ${tenant}`);
  await noted.getByRole('button', { name: 'Note that it was paid' }).click();
  await expect(operator.getByText('It is noted.')).toBeFocused();
  await elsewhere.close();

  await page.reload();
  await expect(invoices.getByText('Paid', { exact: true })).toBeVisible();
  await expect(page.getByText(`--tenant ${tenant}`)).toBeVisible();
  await page.getByRole('link', { name: tenant }).click();
  await expect(heading(page, tenant)).toBeFocused();
  await expect(page.getByRole('region', { name: 'Statement' })).toContainText('Nothing is open.');
  await expect(page.getByRole('region', { name: 'Licences' }).getByText('In force')).toBeVisible();
});

test('the price follows what is typed, by keyboard alone', async ({ page }) => {
  await withMarket(page);
  await page.goto(`/buy/${SOLD}?tenant=acme-office`);
  const button = page.getByRole('button', { name: /^Order/ });
  await expect(button).toHaveText('Order for €19.00');
  await page.getByLabel('Coupon').press('S');
  await page.keyboard.type('PRING-27');
  await expect(button).toHaveText('Order for €14.25');
  await button.press('Enter');
  await expect(heading(page, `Order of ${SOLD}`)).toBeFocused();
});

test('an owner declines what was asked for, by keyboard alone', async ({ page }) => {
  await withMarket(page);
  await page.goto(`/account/orders/${order(4, {}).id}`);
  const decline = page.getByRole('button', { name: 'Decline' });
  await decline.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Decline this order?' });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(decline).toBeFocused();
  await page.keyboard.press('Enter');
  await dialog.getByLabel('Why').fill('we have one');
  await page.keyboard.press('Enter');
  await expect(page.getByText('It is declined.')).toBeFocused();
  await expect(page.getByText('we have one')).toBeVisible();
});

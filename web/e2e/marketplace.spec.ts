import { expect, field, heading, hello, test, unavailable } from './test';

test('finds a module while typing, by keyboard alone, and comes back to the search', async ({
  page,
}) => {
  await page.goto('/');
  await expect(field(page)).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('hello');
  await expect(page).toHaveURL(/\?q=hello$/);
  await expect(page.getByRole('status')).toContainText(/\d+ modules? for “hello”/);
  await expect(hello(page)).toBeVisible();

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowUp');
  await expect(field(page)).toBeFocused();
  await hello(page).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/modules\/adx\/hello$/);
  await expect(heading(page, 'Hello')).toBeFocused();
  await expect(page).toHaveTitle('Hello · ADX Marketplace');

  await page.goBack();
  await expect(field(page)).toHaveValue('hello');
  await expect(hello(page)).toBeVisible();
});

test('filters by what the registry counts, and keeps it in the address', async ({ page }) => {
  await page.goto('/?q=hello');
  const first = page.getByRole('group', { name: 'Category' }).getByRole('checkbox').first();
  const category = await first.getAttribute('value');
  await first.check();
  await expect(page).toHaveURL((url) => url.searchParams.get('category') === category);
  await page.getByRole('checkbox', { name: /^adx \d/ }).check();
  await expect(page).toHaveURL((url) => url.searchParams.get('publisher') === 'adx');
  await expect(hello(page)).toBeVisible();
  await page.reload();
  await expect(first).toBeChecked();
  await page.goBack();
  await expect(page.getByRole('checkbox', { name: /^adx \d/ })).not.toBeChecked();
  await page.goForward();
  const chosen = page.getByRole('list', { name: 'Chosen filters' });
  await chosen.getByRole('button', { name: 'Remove Publisher: adx' }).click();
  await expect(page).toHaveURL((url) => !url.searchParams.has('publisher'));
  await chosen.getByRole('button', { name: 'Clear all' }).click();
  await expect(page).toHaveURL(/\?q=hello$/);
  await expect(chosen).toBeHidden();
});

test('counts as many modules for a value as it finds with it', async ({ page }) => {
  await page.goto('/');
  const tag = page.getByRole('group', { name: 'Tag' }).getByRole('checkbox').first();
  const name = await tag.evaluate((box) => box.closest('label')?.textContent);
  await tag.check();
  await expect(page).toHaveURL(/\?tag=/);
  await expect(page.getByRole('status')).toHaveText(/ (\d+ modules?)$/.exec(name ?? '')?.[1] ?? '');
});

test('finds what works with a version of the platform', async ({ page }) => {
  await page.goto('/?q=hello');
  const platform = page.getByRole('combobox', { name: 'Works with platform' });
  await platform.fill('0.0.1');
  await platform.press('Enter');
  await expect(page).toHaveURL(/\?q=hello&platform=0\.0\.1$/);
  await expect(page.getByRole('heading', { name: 'Nothing matches “hello”' })).toBeVisible();
  await page.getByRole('link', { name: 'Search without filters' }).click();
  await expect(hello(page)).toBeVisible();
});

test('leads to what may have been meant', async ({ page }) => {
  await page.goto('/?q=helllo');
  await page.getByRole('status').getByRole('link', { name: 'Did you mean “hello”?' }).click();
  await expect(page).toHaveURL(/\?q=hello$/);
  await expect(field(page)).toHaveValue('hello');
  await expect(hello(page).locator('mark')).toHaveText('Hello');
});

test('shows what a module is, asks for, and how to install it', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/modules/adx/hello');
  await expect(heading(page, 'Hello')).toBeVisible();
  await expect(page.getByRole('tabpanel', { name: 'Readme' })).not.toBeEmpty();

  const asks = page.getByRole('region', { name: 'What it asks for' });
  await expect(asks.getByRole('listitem').first()).toBeVisible();

  const install = page.getByRole('region', { name: 'Install' });
  const command = 'adx install adx/hello --activate';
  await expect(install.getByText(command)).toBeVisible();
  await install.getByRole('button', { name: 'Copy install command' }).click();
  await expect(install.getByRole('status')).toHaveText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(command);

  const about = page.getByRole('region', { name: 'About' });
  await expect(about.getByText(/^[0-9a-f]{64}$/)).toBeVisible();
});

test('leads from a module to one of its versions', async ({ page }) => {
  await page.goto('/modules/adx/hello');
  await page.getByRole('tab', { name: 'Readme' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/\?tab=documentation$/);
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/\?tab=versions$/);
  const row = page.getByRole('row').filter({ hasText: 'Latest' });
  const link = row.getByRole('link');
  const version = await link.innerText();
  await link.click();

  await expect(page).toHaveURL(new RegExp(`/modules/adx/hello/${version}$`));
  await expect(page.getByText(`adx install adx/hello@=${version}`)).toBeVisible();
  await expect(page.getByText('Signed with key')).toBeVisible();
  await page.getByRole('tab', { name: 'Manifest' }).click();
  await expect(page.getByRole('tabpanel', { name: 'Manifest' })).toContainText('"hello"');
  await page.getByRole('navigation', { name: 'Breadcrumb' }).getByText('adx/hello').click();
  await expect(page).toHaveURL(/\/modules\/adx\/hello$/);
});

test('says what failed in the words of the registry, and tries again', async ({ page }) => {
  await page.route('**/api/v1/search?*', (route) => route.fulfill(unavailable));
  await page.goto('/?q=hello');
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('Temporarily unavailable');
  await expect(alert).toContainText('does not answer at the moment');
  await expect(alert).toContainText('Try again in a few seconds.');
  await page.unrouteAll();
  await alert.getByRole('button', { name: 'Try again' }).click();
  await expect(hello(page)).toBeVisible();
  await expect(alert).toBeHidden();
});

test('says so when the registry cannot be reached', async ({ page }) => {
  await page.route(/\/api\/v1\/modules\/adx\/hello(\?|$)/, (route) => route.abort());
  await page.goto('/modules/adx/hello');
  await expect(page.getByRole('alert')).toContainText('The registry cannot be reached');
});

test('knows what is not there', async ({ page }) => {
  await page.goto('/modules/adx/no-such-module');
  await expect(heading(page, 'There is no module adx/no-such-module')).toBeVisible();
  await page.goto('/modules/adx/hello/99.0.0');
  await expect(heading(page, 'There is no version 99.0.0 of adx/hello')).toBeVisible();
  await page.goto('/?q=zzzzqqqq');
  await expect(page.getByRole('heading', { name: 'Nothing matches “zzzzqqqq”' })).toBeVisible();
});

test('keeps the chosen theme without a flash', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/');
  const theme = page.getByRole('group', { name: 'Theme' });
  await theme.getByRole('radio', { name: 'Dark' }).check();
  const background = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await background();
  // With the application held back, the document alone is already dark.
  await page.route('**/*.js', (route) =>
    route.request().url().includes('/theme-') ? route.continue() : route.abort(),
  );
  await page.reload();
  expect(await background()).toBe(dark);
  await page.unrouteAll();
  await page.reload();
  await expect(theme.getByRole('radio', { name: 'Dark' })).toBeChecked();
  await theme.getByRole('radio', { name: 'System' }).check();
  expect(await background()).not.toBe(dark);
});

import { letterTo, newAddress, oneTimePassword, PASSWORD, signUp } from './people';
import { expect, expectAccessible, heading, test } from './test';

test('signs up by mail, out and in again, by keyboard alone', async ({ page }) => {
  const email = newAddress();
  await page.goto('/');
  await page.getByRole('link', { name: 'Sign in' }).focus();
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Sign in')).toBeFocused();
  await page.getByRole('link', { name: 'I have no account yet' }).focus();
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Sign up')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.type(email);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status')).toContainText(`to ${email}`);

  await page.goto(`/verify${await letterTo(email, 'verify')}`);
  // The code stays in no history and in sight of nobody.
  await expect(page).toHaveURL(/\/verify$/);
  await page.getByLabel('Name').focus();
  await page.keyboard.type('Ada Löwe');
  await page.keyboard.press('Tab');
  await page.keyboard.type('password1234'.slice(0, 11));
  await page.keyboard.press('Enter');
  // The browser says that it is too short.
  await expect(page.getByLabel('Password')).toBeFocused();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Ada Löwe')).toBeFocused();
  await expect(page.getByText(`Signed in as ${email}`)).toBeVisible();

  await page.reload();
  await page.getByRole('button', { name: 'Sign out', exact: true }).focus();
  await page.keyboard.press('Enter');
  const site = page.getByRole('navigation', { name: 'Site' });
  await expect(site.getByRole('link', { name: 'Sign in' })).toBeVisible();
  await page.goto('/account');
  await expect(heading(page, 'You are not signed in')).toBeVisible();

  await page.goto('/sign-in');
  await page.getByLabel('Mail address').fill(email);
  await page.getByLabel('Password').fill('not the password');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('the address or the password is wrong');
  await expect(page.getByLabel('Mail address')).toHaveValue(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByText(`Signed in as ${email}`)).toBeVisible();
});

test('changes the password and ends other sessions', async ({ page, browser, baseURL }) => {
  const email = await signUp(page);
  const elsewhere = await browser.newContext(baseURL ? { baseURL } : {});
  const other = await elsewhere.newPage();
  await other.goto('/sign-in');
  await other.getByLabel('Mail address').fill(email);
  await other.getByLabel('Password').fill(PASSWORD);
  await other.keyboard.press('Enter');
  await expect(other.getByText(`Signed in as ${email}`)).toBeVisible();

  await page.reload();
  const sessions = page.getByRole('region', { name: 'Where you are signed in' });
  await expect(sessions.getByRole('listitem')).toHaveCount(2);
  await sessions.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(sessions.getByRole('listitem')).toHaveCount(1);
  await other.reload();
  await expect(heading(other, 'You are not signed in')).toBeVisible();
  await elsewhere.close();

  const change = page.getByRole('region', { name: 'Change the password' });
  await change.getByLabel('Password until now').fill(PASSWORD);
  await change.getByLabel('New password').fill('staple that battery');
  await page.keyboard.press('Enter');
  await expect(change.getByRole('status')).toHaveText('The password was changed.');
  await expect(sessions.getByRole('listitem')).toHaveCount(1);
});

test('turns one-time passwords on, and signs in with a recovery code', async ({ page }) => {
  const email = await signUp(page);
  const section = page.getByRole('region', { name: 'One-time passwords' });
  await section.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await section.getByRole('button', { name: 'Begin' }).click();
  await expect(page.getByRole('img', { name: 'QR code for your device' })).toBeVisible();
  const seed = await section.locator('code').innerText();
  await section.getByLabel('One-time password', { exact: true }).fill(oneTimePassword(seed));
  await section.getByRole('button', { name: 'Turn on' }).click();
  await expect(section.getByRole('heading', { name: 'Recovery codes' })).toBeVisible();
  await expectAccessible(page);
  const codes = await section.getByRole('listitem').allInnerTexts();
  expect(codes).toHaveLength(10);
  await section.getByRole('button', { name: 'I have kept them' }).click();
  await expect(section.getByText('10 recovery codes are left.')).toBeVisible();

  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.goto('/sign-in');
  await page.getByLabel('Mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText(
    'a second factor is needed besides the password',
  );
  await page.getByLabel('One-time password').fill(codes[0] ?? '');
  await page.keyboard.press('Enter');
  await expect(page.getByText(`Signed in as ${email}`)).toBeVisible();
});

test('erases the account', async ({ page }) => {
  await signUp(page);
  const erase = page.getByRole('region', { name: 'Erase the account' });
  await erase.getByLabel('Password').fill(PASSWORD);
  await erase.getByRole('button', { name: 'Erase it' }).click();
  await expect(page.getByRole('status')).toHaveText('Your account is erased.');
  await page.goto('/account');
  await expect(heading(page, 'You are not signed in')).toBeVisible();
});

test('answers the same about every address', async ({ page }) => {
  await page.goto('/reset');
  await page.getByLabel('Mail address').fill(newAddress());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status')).toContainText('If there is something to say');
});

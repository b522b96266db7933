import { PASSWORD, signUp } from './people';
import { expect, expectAccessible, test, type Page } from './test';

/** A device that holds passkeys and verifies its person, as Chromium plays it; returns how to have it refuse. */
async function device(page: Page): Promise<(willing: boolean) => Promise<void>> {
  const debug = await page.context().newCDPSession(page);
  await debug.send('WebAuthn.enable');
  const { authenticatorId } = await debug.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return async (isUserVerified) => {
    await debug.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  };
}

test('adds a passkey, signs in with it and removes it', async ({ page }) => {
  const verifies = await device(page);
  const email = await signUp(page);
  const section = page.getByRole('region', { name: 'Passkeys' });
  await section.getByLabel('Name').fill('Blue key');
  await section.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(section.getByRole('heading', { name: 'Recovery codes' })).toBeVisible();
  await expectAccessible(page);
  await section.getByRole('button', { name: 'I have kept them' }).click();
  await expect(section.getByRole('button', { name: 'Remove Blue key' })).toBeVisible();

  // One more takes one that is there, and the same device makes no second one.
  const adding = section.getByRole('form', { name: 'Add a passkey' });
  await adding.getByLabel('Name').fill('Again');
  await adding.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(adding.getByRole('alert')).toContainText('a second factor is needed');
  await expectAccessible(page);
  await adding.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(adding.getByRole('alert')).toContainText('has a passkey of your account already');
  const passwords = page.getByRole('form', { name: 'One-time passwords' });
  await passwords.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await passwords.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('img', { name: 'QR code for your device' })).toBeVisible();

  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.goto('/sign-in');
  await page.getByLabel('Mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText(
    'a second factor is needed besides the password',
  );
  await expectAccessible(page);
  await verifies(false);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('alert')).toContainText('No passkey answered');
  await verifies(true);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByText(`Signed in as ${email}`)).toBeVisible();

  await section.getByRole('button', { name: 'Remove Blue key' }).click();
  const form = section.getByRole('form', { name: 'Remove Blue key' });
  await form.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await form.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(section.getByText('None. With one,')).toBeVisible();
});

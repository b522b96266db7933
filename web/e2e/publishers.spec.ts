import { randomBytes } from 'node:crypto';
import { letterTo, newAddress, signUp } from './people';
import { withPublishers } from './publishers';
import { expect, heading, test } from './test';

/** A namespace that nobody has, and none resembles. */
const newNamespace = () =>
  Array.from(randomBytes(16), (byte) => 'abcdefghijklmnopqrstuvwxyz'[byte % 26]).join('');

test('somebody makes a publisher, lets another in, and changes what it is called', async ({
  page,
  browser,
  baseURL,
}) => {
  const namespace = newNamespace();
  await signUp(page);
  await page.getByRole('link', { name: 'New publisher' }).click();
  await expect(heading(page, 'New publisher')).toBeFocused();
  await page.getByLabel('Namespace').fill(namespace);
  await page.getByLabel('Display name').fill('Tried by a test');
  await page.getByRole('button', { name: 'Make the publisher' }).click();
  await expect(page.getByText(`The publisher ${namespace} is made.`)).toBeFocused();
  await expect(page.getByText(/^adx_p_/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Copy login command' })).toBeVisible();
  await page.getByRole('link', { name: `Go to ${namespace}` }).click();
  await expect(heading(page, namespace)).toBeFocused();
  await expect(page).toHaveTitle(`${namespace} · ADX Marketplace`);
  await expect(page.getByText('You are here as: Owner')).toBeVisible();

  const members = page.getByRole('region', { name: 'Members' });
  const other = newAddress();
  await members.getByLabel('Name').fill('Linus');
  await members.getByLabel('Mail address').fill(other);
  await members.getByRole('radio', { name: 'Reader' }).check();
  await members.getByRole('button', { name: 'Invite somebody' }).click();
  await expect(members.getByText(`A letter with an invitation goes to ${other}.`)).toBeFocused();
  const invited = members.getByRole('listitem').filter({ hasText: other });
  await expect(invited.getByText('Not accepted yet')).toBeVisible();

  const elsewhere = await browser.newContext(baseURL ? { baseURL } : {});
  const reader = await elsewhere.newPage();
  await signUp(reader, other);
  await reader.goto(`/invitation${await letterTo(other, 'invitation')}`);
  await reader.getByRole('button', { name: 'Accept' }).click();
  await reader.getByRole('link', { name: namespace }).click();
  await expect(heading(reader, namespace)).toBeFocused();
  await expect(reader.getByText('You are here as: Reader')).toBeVisible();
  await expect(reader.getByRole('list', { name: 'Members' })).toBeVisible();
  await expect(reader.getByRole('button', { name: 'Invite somebody' })).toHaveCount(0);
  await elsewhere.close();

  await page.reload();
  await expect(invited.getByText('Not accepted yet')).toHaveCount(0);
  await expect(invited.getByText('Reader', { exact: true })).toBeVisible();

  const about = page.getByRole('region', { name: 'About' });
  await about.getByRole('textbox', { name: 'Display name' }).fill('Tried by two tests');
  await about.getByRole('button', { name: 'Change the display name' }).click();
  await expect(about.getByText('The display name was changed.')).toBeVisible();
  await page.reload();
  await expect(
    about.getByRole('definition').filter({ hasText: 'Tried by two tests' }),
  ).toBeVisible();
});

test('an owner approves what another proposed, by keyboard alone', async ({ page }) => {
  await withPublishers(page);
  await page.goto('/account/publishers/acme');
  const proposals = page.getByRole('region', { name: 'Proposals' });
  const approve = proposals.getByRole('button', { name: /^Approve: Invite Margaret/ });
  await approve.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Approve this proposal?' });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(approve).toBeFocused();
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Approve' }).press('Enter');
  await expect(proposals.getByText('It is done.')).toBeFocused();
  await expect(approve).toHaveCount(0);
  await expect(
    page
      .getByRole('list', { name: 'Members' })
      .getByRole('listitem')
      .filter({ hasText: 'Margaret' }),
  ).toBeVisible();
});

test('a namespace is offered only once that is confirmed, and the offer is taken back', async ({
  page,
}) => {
  await withPublishers(page);
  await page.goto('/account/publishers/ada');
  const part = page.getByRole('region', { name: 'Give the namespace away' });
  await part.getByRole('button', { name: 'Offer the namespace' }).click();
  const dialog = page.getByRole('dialog', { name: 'Offer ada to somebody else?' });
  await dialog.getByLabel('Name').fill('Grace');
  await dialog.getByLabel('Mail address').fill('grace@example.org');
  await dialog.getByRole('button', { name: 'Offer the namespace' }).click();
  await expect(part.getByText('It is offered: a letter goes to grace@example.org.')).toBeFocused();
  await part.getByRole('button', { name: 'Take the offer back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take the offer back' }).click();
  await expect(part.getByText('The offer was taken back.')).toBeFocused();
  await expect(part.getByText('It is offered to nobody.')).toBeVisible();
});

test('somebody is invited, and then another one as an owner by a proposal', async ({ page }) => {
  await withPublishers(page);
  await page.goto('/account/publishers/acme');
  const members = page.getByRole('region', { name: 'Members' });
  const invite = async (name: string, role: string) => {
    await members.getByLabel('Name').fill(name);
    await members.getByLabel('Mail address').fill(`${name.toLowerCase()}@example.org`);
    await members.getByRole('radio', { name: role }).check();
    await members.getByRole('button', { name: 'Invite somebody' }).click();
  };
  await invite('Edsger', 'Reader');
  await expect(
    members.getByText('A letter with an invitation goes to edsger@example.org.'),
  ).toBeFocused();
  await expect(members.getByLabel('Name')).toHaveValue('');
  await invite('Barbara', 'Owner');
  await expect(members.getByText('It is proposed: one more owner has to approve.')).toBeFocused();
  await expect(page.getByText('Invite Barbara (barbara@example.org) as an owner')).toBeVisible();
});

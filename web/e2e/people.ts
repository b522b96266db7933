import { createHmac, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page } from './test';

export const PASSWORD = 'correct horse battery';

/** An address that nobody has. */
export const newAddress = () => `${randomBytes(6).toString('hex')}@example.org`;

/** The link's end in the letter to somebody that leads to a page: from `#` on. */
export async function letterTo(email: string, page: string): Promise<string> {
  const folder = process.env.ADX_REGISTRY_MAIL;
  if (!folder) {
    throw new Error(
      'ADX_REGISTRY_MAIL is not set. Give the folder that the registry writes letters to.',
    );
  }
  const link = new RegExp(`/${page}(#[\\w-]{40,43})`);
  let found: string | undefined;
  await expect(async () => {
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.eml')) continue;
      const letter = await readFile(join(folder, name), 'utf8');
      if (letter.includes(`To: ${email}`)) found = link.exec(letter)?.[1] ?? found;
    }
    expect(found, `a letter to ${email}`).toBeDefined();
  }).toPass({ timeout: 20_000 });
  return found ?? '';
}

/** Signs up by mail, and ends on the account's page. */
export async function signUp(page: Page, email = newAddress()): Promise<string> {
  await page.goto('/sign-up');
  await page.getByLabel('Mail address').fill(email);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status')).toContainText('a letter is on its way');
  await page.goto(`/verify${await letterTo(email, 'verify')}`);
  await page.getByLabel('Name').fill('Ada Löwe');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByText(`Signed in as ${email}`)).toBeVisible();
  return email;
}

const OPERATOR = 'operator@example.org';

/**
 * Signs in who runs the registry, and ends on the account's page. The first time that is by the link that the registry printed,
 * which is good once.
 */
export async function signInAsOperator(page: Page): Promise<void> {
  const signedIn = page.getByText(`Signed in as ${OPERATOR}`);
  await page.goto('/sign-in');
  await page.getByLabel('Mail address').fill(OPERATOR);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  const refused = page.getByText('the address or the password is wrong');
  await expect(signedIn.or(refused)).toBeVisible();
  if (await refused.isVisible()) {
    await page.goto(`/operator${await operatorLink()}`);
    await page.getByLabel('Mail address').fill(OPERATOR);
    await page.getByLabel('Name').fill('Grace');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
  }
  await expect(signedIn).toBeVisible();
}

/** The end of the link that the registry printed: from `#` on. */
async function operatorLink(): Promise<string> {
  const file = process.env.ADX_REGISTRY_LOG;
  if (!file) {
    throw new Error('ADX_REGISTRY_LOG is not set. Give the file that the registry prints to.');
  }
  const link = /\/operator(#[\w-]{43})/.exec(await readFile(file, 'utf8'))?.[1];
  if (!link) throw new Error(`${file} holds no link for the first operator`);
  return link;
}

/** What a device shows that has the seed (RFC 6238). */
export function oneTimePassword(seed: string): string {
  const bits = Array.from(seed, (digit) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const key = Buffer.from(bytes.map((byte) => parseInt(byte, 2)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

import { AccountsFixture, listedAccounts } from '../fixtures/listedAccounts';
import { appeals, heldNames, ModerationFixture, reports } from '../fixtures/moderation';
import type { components } from '../src/api/schema';
import { play, withSubmissions } from './submissions';
import { unavailable, type Page } from './test';

/** As if somebody were signed in, modules had been reported, publishers had appealed, and names were held. */
export async function withModeration(
  page: Page,
  as: 'operator' | 'publisher',
  fixture = new ModerationFixture(reports, appeals, heldNames),
): Promise<void> {
  await withSubmissions(page, as);
  await play(
    page,
    /\/api\/v1\/(reports|appeals|names\/held|account\/appeals|publishers\/[^/]+\/(appeals|names))/,
    fixture,
  );
}

/** As if an operator were signed in, and people had accounts. */
export async function withAccounts(
  page: Page,
  fixture = new AccountsFixture(listedAccounts),
): Promise<void> {
  await withSubmissions(page, 'operator');
  await play(page, /\/api\/v1\/accounts(\/|\?|$)/, fixture);
}

/** As if whoever is signed in were an owner of `adx`, whose module is withheld. */
export async function withWithheld(page: Page, by: 'quarantine' | 'takedown'): Promise<void> {
  await withModeration(page, 'publisher');
  const publisher: components['schemas']['MyPublisher'] = {
    namespace: 'adx',
    display_name: 'ADX',
    kind: 'organisation',
    member: '4'.repeat(32),
    role: 'owner',
  };
  await page.route('**/api/v1/account/publishers', (route) =>
    route.fulfill({ json: { publishers: [publisher], invitations: [] } }),
  );
  await page.route(/\/api\/v1\/modules\/adx\/hello(\?|$)/, async (route) => {
    if (by === 'takedown') {
      await route.fulfill({
        ...unavailable,
        status: 451,
        body: JSON.stringify({
          type: 'https://adx-core.dev/problems/taken-down',
          title: 'Taken down',
          status: 451,
          detail: '`adx/hello` was taken down: a court has said so (7 O 12/26)',
          hint: 'Its publisher can appeal; the log of this registry keeps that it was released.',
        }),
      });
      return;
    }
    const response = await route.fetch();
    const module = (await response.json()) as components['schemas']['Module'];
    // A version is in quarantine with its module as well.
    const quarantined_for = 'it steals';
    const versions = module.versions.map((version) => ({ ...version, quarantined_for }));
    await route.fulfill({ response, json: { ...module, versions, quarantined_for } });
  });
}

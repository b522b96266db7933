import { acmeOffice, MarketFixture, type KeptMarket } from '../fixtures/market';
import { ada } from '../fixtures/people';
import { acme, adas, PublishersFixture } from '../fixtures/publishers';
import { modules } from '../fixtures/catalogue';
import type { SessionState } from '../src/api/accounts';
import { play } from './submissions';
import type { Page } from './test';

/** A module that is sold by the month, and can be tried. */
export const SOLD = 'ledgerline/invoicing';

const found = modules.find(({ module }) => module === SOLD);
/** Without its readme, which has headings in an order of its own. */
const sold = found && { ...found, readme_html: null };

/** As if somebody were signed in who buys and sells, in a registry that has something to sell. */
export async function withMarket(
  page: Page,
  kept: KeptMarket = acmeOffice,
  session: SessionState = ada,
): Promise<void> {
  const account = session.account ?? ada.account;
  const market = new MarketFixture(kept);
  const publishers = new PublishersFixture([acme, adas]);
  await page.route('**/api/v1/session', (route) => route.fulfill({ json: session }));
  await page.route(`**/api/v1/modules/${SOLD}*`, (route) => route.fulfill({ json: sold }));
  await play(page, /\/api\/v1\/(account\/publishers|publishers)(\/|\?|$)/, {
    answer: (method, path, query, body) =>
      publishers.answer(method, path, body, account) ??
      market.answer(method, path, query, body, account),
  });
  await play(page, /\/api\/v1\/(tenants|quotes|orders|invoices)(\/|\?|$)/, {
    answer: (method, path, query, body) => market.answer(method, path, query, body, account),
  });
}

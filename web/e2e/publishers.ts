import { ada } from '../fixtures/people';
import { acme, adas, PublishersFixture, type KeptPublisher } from '../fixtures/publishers';
import { play } from './submissions';
import type { Page } from './test';

/** As if somebody were signed in who is an owner of publishers. */
export async function withPublishers(
  page: Page,
  kept: KeptPublisher[] = [acme, adas],
): Promise<void> {
  const fixture = new PublishersFixture(kept);
  await page.route('**/api/v1/session', (route) => route.fulfill({ json: ada }));
  await play(page, /\/api\/v1\/(account\/publishers|publishers)(\/|\?|$)/, {
    answer: (method, path, _, body) => fixture.answer(method, path, body, ada.account),
  });
}

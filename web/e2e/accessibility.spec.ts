import type { components } from '../src/api/schema';
import { advisory } from '../fixtures/catalogue';
import { diff, sent } from '../fixtures/submissions';
import { marketStates } from './market-states';
import { moderationStates } from './moderation-states';
import { PASSWORD, signUp } from './people';
import { publisherStates } from './publisher-states';
import { withSubmissions } from './submissions';
import {
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  heading,
  hello,
  test,
  unavailable,
  type Page,
} from './test';

/** As if the registry had a provider of identities, with one identity connected. */
async function withProvider(page: Page): Promise<void> {
  await page.route('**/api/v1/session', async (route) => {
    const response = await route.fetch();
    const state = (await response.json()) as components['schemas']['SessionState'];
    await route.fulfill({ response, json: { ...state, openid: 'Example ID' } });
  });
  const identity: components['schemas']['ConnectedIdentity'] = {
    id: '0'.repeat(32),
    issuer: 'https://id.example.org',
    connected_at: '2026-01-02T03:04:05Z',
  };
  await page.route('**/api/v1/account/identities', (route) =>
    route.fulfill({ json: { identities: [identity] } }),
  );
}

/** Every kind of page, in every state. */
const states: { name: string; open: (page: Page) => Promise<void> }[] = [
  {
    name: 'search',
    open: async (page) => {
      await page.goto('/?q=hello');
      await expect(hello(page)).toBeVisible();
    },
  },
  {
    name: 'listing',
    open: async (page) => {
      await page.goto('/modules/adx/hello');
      await expect(heading(page, 'Hello')).toBeVisible();
    },
  },
  {
    name: 'versions',
    open: async (page) => {
      await page.goto('/modules/adx/hello?tab=versions');
      await expect(page.getByRole('table', { name: 'Versions' })).toBeVisible();
    },
  },
  {
    name: 'version',
    open: async (page) => {
      await page.goto('/modules/adx/hello/1.0.0?tab=manifest');
      await expect(page.getByRole('tabpanel', { name: 'Manifest' })).toBeVisible();
    },
  },
  {
    name: 'version that something is said against',
    open: async (page) => {
      await page.route(/\/api\/v1\/modules\/adx\/hello\/versions\/1\.0\.0(\?|$)/, async (route) => {
        const response = await route.fetch();
        const version = (await response.json()) as components['schemas']['VersionDetail'];
        await route.fulfill({
          response,
          json: {
            ...version,
            yanked: true,
            yanked_for: 'loses the last line',
            deprecation: { message: 'not maintained any more', replacement: 'acme/greeter' },
            advisories: [advisory, { ...advisory, id: 'ADX-2026-0002', severity: 'low' }],
          },
        });
      });
      await page.goto('/modules/adx/hello/1.0.0');
      await expect(page.getByRole('link', { name: 'Use acme/greeter instead' })).toBeVisible();
      await expect(page.getByText('Its publisher says: loses the last line')).toBeVisible();
    },
  },
  {
    name: 'advisory',
    open: async (page) => {
      await page.route('**/api/v1/advisories/*', (route) => route.fulfill({ json: advisory }));
      await page.goto(`/advisories/${advisory.id}`);
      await expect(heading(page, advisory.title)).toBeVisible();
    },
  },
  {
    name: 'listing with the longest words a manifest may have',
    open: async (page) => {
      await page.route(/\/api\/v1\/modules\/adx\/hello(\?|$)/, async (route) => {
        const response = await route.fetch();
        const module = (await response.json()) as components['schemas']['Module'];
        const display_name = 'W'.repeat(80);
        const permission = `http:https://${'w'.repeat(60)}.example`;
        await route.fulfill({
          response,
          json: {
            ...module,
            display_name,
            description: 'd'.repeat(500),
            tags: Array.from({ length: 16 }, () => 't'.repeat(60)),
            license: 'L'.repeat(200),
            homepage: `https://example.com/${'h'.repeat(400)}`,
            permissions: [{ permission, required: false, words: `Send requests to ${permission}` }],
            readme_html: `<h2>${display_name}!</h2><p><a href="https://example.com">${'r'.repeat(300)}</a> <code>${'c'.repeat(300)}</code></p><pre>${'p'.repeat(300)}</pre>`,
          },
        });
      });
      await page.goto('/modules/adx/hello');
      await expect(heading(page, 'W'.repeat(80))).toBeVisible();
    },
  },
  {
    name: 'results with the longest words a manifest may have',
    open: async (page) => {
      await page.route('**/api/v1/search?*', async (route) => {
        const response = await route.fetch();
        const found = (await response.json()) as components['schemas']['SearchPage'];
        const hits = found.hits.map((hit) => ({
          ...hit,
          module: `${'n'.repeat(60)}/${'m'.repeat(60)}`,
          display_name: 'W'.repeat(80),
          description: 'd'.repeat(500),
          // What matched is marked in texts that are shown no more.
          highlight: null,
          name_highlight: null,
          category: 'c'.repeat(60),
          tags: Array.from({ length: 16 }, () => 't'.repeat(60)),
          latest: `1.0.0-${'p'.repeat(60)}`,
        }));
        await route.fulfill({ response, json: { ...found, hits } });
      });
      await page.goto('/?q=hello');
      await expect(page.getByRole('link', { name: 'W'.repeat(80) })).toBeVisible();
    },
  },
  {
    name: 'results with filters chosen, and something else that may have been meant',
    open: async (page) => {
      await page.goto('/?q=helllo&tag=demo&price=free&platform=1.4.0');
      await expect(page.getByRole('list', { name: 'Chosen filters' })).toBeVisible();
      await expect(page.getByRole('status').getByRole('link')).toBeVisible();
    },
  },
  {
    name: 'filters on a narrow screen, with the longest words a manifest may have',
    open: async (page) => {
      await page.route('**/api/v1/search?*', async (route) => {
        const response = await route.fetch();
        const found = (await response.json()) as components['schemas']['SearchPage'];
        const long = Array.from({ length: 50 }, (_, n) => ({
          value: `${String(n)}${'w'.repeat(60)}`,
          modules: 1_000_000,
        }));
        const facets = { ...found.facets, category: long, tag: long, publisher: long };
        await route.fulfill({ response, json: { ...found, facets } });
      });
      await page.setViewportSize({ width: 320, height: 640 });
      await page.goto(`/?tag=0${'w'.repeat(60)}`);
      await page.getByRole('button', { name: /^Filters/ }).click();
      await page.getByRole('button', { name: 'Show all 50 (Category)' }).click();
      await expect(page.getByRole('checkbox', { name: /^49w/ }).first()).toBeVisible();
    },
  },
  {
    name: 'empty',
    open: async (page) => {
      await page.goto('/?q=zzzzqqqq');
      await expect(page.getByText('Nothing matches')).toBeVisible();
    },
  },
  {
    name: 'error',
    open: async (page) => {
      await page.route('**/api/v1/**', (route) => route.fulfill(unavailable));
      await page.goto('/modules/adx/hello');
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'loading',
    open: async (page) => {
      await page.route('**/api/v1/**', () => undefined);
      await page.goto('/modules/adx/hello');
      await expect(page.getByRole('status')).toHaveText('Loading…');
    },
  },
  ...(
    [
      ['sign-up', 'Sign up'],
      ['sign-in', 'Sign in'],
      ['verify', 'Finish signing up'],
      ['operator', 'Run this registry'],
      ['reset', 'Set another password'],
      ['restore-address', 'Take the account back'],
      ['account', 'You are not signed in'],
    ] as const
  ).map(([name, title]) => ({
    name,
    open: async (page: Page) => {
      await page.goto(`/${name}`);
      await expect(heading(page, title)).toBeVisible();
    },
  })),
  {
    name: 'account of somebody, with one-time passwords begun',
    open: async (page) => {
      await signUp(page);
      const section = page.getByRole('region', { name: 'One-time passwords' });
      await section.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await section.getByRole('button', { name: 'Begin' }).click();
      await expect(page.getByRole('img', { name: 'QR code for your device' })).toBeVisible();
    },
  },
  {
    name: 'sign-in after a provider of identities signed nobody in',
    open: async (page) => {
      await withProvider(page);
      await page.goto('/sign-in?refused=address-taken');
      await expect(page.getByRole('button', { name: 'Sign in with Example ID' })).toBeVisible();
      await expect(page.getByRole('alert').filter({ hasText: 'its password' })).toBeVisible();
    },
  },
  {
    name: 'account with a connected identity',
    open: async (page) => {
      await withProvider(page);
      await signUp(page);
      await page.goto('/account');
      const section = page.getByRole('region', { name: 'Other ways to sign in' });
      await expect(section.getByRole('button', { name: /^Disconnect id\.example/ })).toBeVisible();
    },
  },
  {
    name: 'review',
    open: async (page) => {
      await withSubmissions(page, 'operator');
      await page.goto('/review');
      await expect(page.getByRole('list', { name: 'Sent versions' })).toBeVisible();
    },
  },
  {
    name: 'review of one, with its files',
    open: async (page) => {
      await withSubmissions(page, 'operator');
      await page.goto(`/review/${sent[0]?.id}`);
      await page.getByRole('region', { name: 'What it changes' }).getByText('module.toml').click();
      await expect(page.getByText('Like others:')).toBeVisible();
    },
  },
  {
    name: 'review of what is harmful, about to be rejected',
    open: async (page) => {
      await withSubmissions(page, 'operator');
      await page.goto(`/review/${sent[1]?.id}`);
      await page.getByRole('button', { name: 'Reject' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
  {
    name: 'review with the longest words',
    open: async (page) => {
      await withSubmissions(page, 'operator');
      const long = 'w'.repeat(300);
      await page.route('**/api/v1/submissions/*', async (route) => {
        const [one] = sent;
        const place = `${long}.js:1`;
        const findings = one?.findings.map((finding) => ({ ...finding, place, message: long }));
        const version = `1.0.0-${'p'.repeat(60)}`;
        await route.fulfill({
          json: {
            submission: {
              ...one,
              module: `${'n'.repeat(60)}/${'m'.repeat(60)}`,
              version,
              findings,
            },
            events: [
              { number: 1, kind: 'comment', side: 'publisher', at: one?.created_at, text: long },
            ],
          },
        });
      });
      await page.route('**/api/v1/submissions/*/diff', (route) =>
        route.fulfill({
          json: {
            ...diff,
            permissions: { added: [long], removed: [] },
            files: [{ path: long, change: 'added', bytes: 1, text: `+${long}\n` }],
          },
        }),
      );
      await page.goto(`/review/${sent[0]?.id}`);
      await page.locator('summary').click();
      await expect(page.getByText(`+${long}`)).toBeVisible();
    },
  },
  {
    name: 'submissions',
    open: async (page) => {
      await withSubmissions(page, 'publisher');
      await page.goto('/account/submissions?publisher=acme');
      await expect(page.getByRole('list', { name: 'Sent versions' })).toBeVisible();
    },
  },
  {
    name: 'submission with a question',
    open: async (page) => {
      await withSubmissions(page, 'publisher');
      await page.goto(`/submissions/${sent[2]?.id}`);
      await expect(page.getByLabel('Answer')).toBeVisible();
    },
  },
  {
    name: 'publishing',
    open: async (page) => {
      await withSubmissions(page, 'publisher');
      await page.goto('/account/publishing?publisher=acme');
      await expect(page.getByText('Environment: release')).toBeVisible();
      await expect(page.getByText('Only trusted publishers')).toBeVisible();
      await expect(page.getByText('The record is missing')).toBeVisible();
    },
  },
  ...moderationStates,
  ...publisherStates,
  ...marketStates,
  {
    name: 'missing',
    open: async (page) => {
      await page.goto('/modules/adx/no-such-module');
      await expect(heading(page, 'There is no module adx/no-such-module')).toBeVisible();
    },
  },
];

for (const { name, open } of states) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${name}, ${colorScheme}: accessible, and fits a narrow screen`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await open(page);
      await expectAccessible(page);
      await page.setViewportSize({ width: 320, height: 640 });
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
    });
  }
}

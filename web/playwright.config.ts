import { defineConfig } from '@playwright/test';

/** Against a live registry at ADX_REGISTRY_URL that has adx/hello. Uses the machine's Chromium, downloads none. */
export default defineConfig({
  testDir: 'e2e',
  testIgnore: ['passkeys.spec.ts', 'pictures.spec.ts'],
  forbidOnly: true,
  retries: 0,
  workers: 1,
  timeout: 30_000,
  reporter: [['list']],
  use: {
    locale: 'en-GB',
    timezoneId: 'UTC',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});

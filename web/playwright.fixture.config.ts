import { defineConfig } from '@playwright/test';
import live from './playwright.config';

/** The same tests against the fixture server, and the pictures for people to look at. */
export default defineConfig(live, {
  testIgnore: 'passkeys.spec.ts',
  globalSetup: './e2e/fixture-setup.ts',
});

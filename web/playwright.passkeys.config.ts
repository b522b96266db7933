import { defineConfig } from '@playwright/test';
import live from './playwright.config';

/** Passkeys, against a registry of their own: browsers have none for an address that is a number. */
export default defineConfig(live, {
  testIgnore: [],
  testMatch: 'passkeys.spec.ts',
  globalSetup: './e2e/registry-setup.ts',
});

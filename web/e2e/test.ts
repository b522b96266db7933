import { test as base, expect, type Page } from '@playwright/test';
import axe from 'axe-core';
import { problem } from '../fixtures/problem';

function registryUrl(): string {
  const url = process.env.ADX_REGISTRY_URL;
  if (!url) {
    throw new Error(
      'ADX_REGISTRY_URL is not set. Give the address of a registry that has adx/hello, or run `npm run e2e:fixture`.',
    );
  }
  return url;
}

/** A page of the registry's that fails its test on any script error and on anything the security policy stopped. */
export const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern to know what is asked for
  baseURL: async ({}, provide) => {
    await provide(registryUrl());
  },
  page: async ({ page }, provide) => {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // The browser also reports every response that is no success: tests of failures cause those.
      const text = message.text();
      if (message.type() === 'error' && !text.startsWith('Failed to load resource')) {
        complaints.push(text);
      }
    });
    await provide(page);
    expect(complaints, 'the console stayed quiet').toEqual([]);
  },
});

export const field = (page: Page) => page.getByRole('textbox', { name: 'Search modules' });
export const hello = (page: Page) => page.getByRole('link', { name: 'Hello', exact: true });
export const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name, exact: true });

/** What the registry answers while a part of it is down. */
export const unavailable = {
  status: 503,
  contentType: 'application/problem+json',
  headers: { 'access-control-allow-origin': '*' },
  body: JSON.stringify(
    problem(
      503,
      'unavailable',
      'Temporarily unavailable',
      'A part the registry depends on does not answer at the moment.',
      'Try again in a few seconds.',
    ),
  ),
};

/** Every rule of WCAG 2.2 AA that axe can check, and its best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  // By the debugger's evaluation, because the page's policy would refuse an injected script.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe: injected } = window as unknown as { axe: typeof axe };
    const results = await injected.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return results.violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map((node) => `${node.html}\n${node.failureSummary ?? ''}`),
    }));
  });
  expect(violations).toEqual([]);
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
}

export { expect, type Page };

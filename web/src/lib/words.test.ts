import { expect, test } from 'vitest';
import { categoryInWords } from './category';
import { isPreRelease } from './version';

test.each([
  ['finance', 'Finance'],
  ['customer-management', 'Customer management'],
])('shows the category %s as %s', (category, words) => {
  expect(categoryInWords(category)).toBe(words);
});

test.each([
  ['1.0.0', false],
  ['1.0.0-rc.1', true],
  ['1.0.0+build-7', false],
  ['1.0.0-rc.1+build', true],
])('%s is a pre-release: %s', (version, expected) => {
  expect(isPreRelease(version)).toBe(expected);
});

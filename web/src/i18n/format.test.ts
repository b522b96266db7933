import { expect, test } from 'vitest';
import { createFormat } from './format';
import { createLocale } from './locale';
import { english } from './messages';

const british = createFormat('en-GB');

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [20_480, '20.5 kB'],
  [1_234_567, '1.23 MB'],
  [5_000_000_000, '5 GB'],
  [7_000_000_000_000, '7,000 GB'],
])('shows %d bytes as %s', (bytes, words) => {
  expect(british.size(bytes)).toBe(words);
});

test('shows dates in the manner of the language', () => {
  const at = '2026-11-12T12:30:00Z';
  expect(british.date(at)).toBe('12 Nov 2026');
  expect(createFormat('en-US').date(at)).toBe('Nov 12, 2026');
  expect(british.dateTime(at)).toMatch(/^12 November 2026 at \d\d:30$/);
});

test('shows what is no date as it came', () => {
  expect(british.date('soon')).toBe('soon');
  expect(british.dateTime('')).toBe('');
});

test.each(['en', 'en-GB', 'de-AT', ''])(
  'has words and numbers of one language for “%s”',
  (language) => {
    const { messages, format } = createLocale(language);
    expect(messages).toBe(english);
    expect(format.date('2026-11-12T12:00:00Z')).toContain('Nov');
  },
);

test('counts in words', () => {
  expect(english.search.total(0)).toBe('0 modules');
  expect(english.search.total(1)).toBe('1 module');
  expect(english.search.totalFor(12_345, 'a')).toBe('12,345 modules for “a”');
});

test('writes amounts digit by digit, however large', () => {
  expect(british.money(1900, 'EUR')).toBe('€19.00');
  expect(british.money(-5, 'EUR')).toBe('-€0.05');
  expect(british.money(1900, 'JPY')).toBe('JP¥1,900');
  // As a number with a point, this is 90,071,992,547,409.92.
  expect(british.money(9_007_199_254_740_991, 'EUR')).toBe('€90,071,992,547,409.91');
  expect(british.percent(0.125)).toBe('12.5%');
});

import { expect, test } from 'vitest';
import { minorOf, typed } from './amount';

test('an amount is read digit by digit', () => {
  expect(minorOf('57', 'EUR')).toBe(5700);
  expect(minorOf(' 0.29 ', 'EUR')).toBe(29);
  // As a number with a point, 4.35 × 100 is a little less than 435.
  expect(minorOf('4.35', 'EUR')).toBe(435);
  expect(minorOf('1,5', 'EUR')).toBe(150);
  expect(minorOf('1900', 'JPY')).toBe(1900);
});

test('what is no amount is none', () => {
  for (const text of ['', 'many', '-1', '1.234', '1,000.00', '1e3']) {
    expect(minorOf(text, 'EUR'), text).toBeUndefined();
  }
  expect(minorOf('1.5', 'JPY')).toBeUndefined();
  expect(minorOf('1', 'euros')).toBeUndefined();
});

test('what was read is typed as it was', () => {
  expect(typed(5, 'EUR')).toBe('0.05');
  expect(typed(1900, 'JPY')).toBe('1900');
});

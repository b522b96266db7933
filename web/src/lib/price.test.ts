import { expect, test } from 'vitest';
import { createLocale } from '../i18n/locale';
import { priceInWords } from './price';

const { messages, format } = createLocale('en-GB');

test('says what it costs and how often, in the minor units of each currency', () => {
  const words = (
    model: 'one-time' | 'monthly' | 'yearly',
    amount_minor: number,
    currency: string,
  ) => priceInWords({ model, amount_minor, currency }, messages, format);
  expect(words('monthly', 1900, 'EUR')).toBe('€19.00 a month');
  expect(words('yearly', 1900, 'JPY')).toBe('JP¥1,900 a year');
  expect(words('one-time', 1005, 'USD')).toBe('US$10.05 once');
  const tiers = [{ from: 11, amount_minor: 1500 }];
  const seats = {
    model: 'monthly',
    amount_minor: 1900,
    currency: 'EUR',
    per_seat: true,
    tiers,
  } as const;
  expect(priceInWords(seats, messages, format)).toBe(
    '€19.00 a month for each seat, €15.00 from seat 11 on',
  );
  expect(priceInWords({ model: 'free' }, messages, format)).toBe('Free');
});

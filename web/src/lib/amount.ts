import { decimal, digitsOf } from '../i18n/format';

/**
 * Reads what somebody typed as an amount, with `.` or `,` before its last digits, in the currency's minor unit; nothing if it is
 * none. Digit by digit, so that no sum is off by a cent.
 */
export function minorOf(text: string, currency: string): number | undefined {
  const [, whole, fraction = ''] = /^\s*(\d{1,12})(?:[.,](\d{1,4}))?\s*$/.exec(text) ?? [];
  const digits = known(currency);
  if (whole === undefined || digits === undefined || fraction.length > digits) return undefined;
  return Number(whole + fraction.padEnd(digits, '0'));
}

/** An amount as it is typed: what `minorOf` reads. */
export function typed(minor: number, currency: string): string {
  return decimal(minor, known(currency) ?? 0);
}

function known(currency: string): number | undefined {
  try {
    return digitsOf(currency);
  } catch {
    return undefined;
  }
}

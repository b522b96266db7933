import type { Pricing } from '../api/registry';
import type { Format } from '../i18n/format';
import type { Messages } from '../i18n/messages';

/** A price, and how often it is paid, in words. */
export function priceInWords(pricing: Pricing, messages: Messages, format: Format): string {
  const { model, amount_minor, currency } = pricing;
  if (model === 'free' || amount_minor == null || currency == null) return messages.pricing.free;
  return messages.pricing[model](format.money(amount_minor, currency));
}

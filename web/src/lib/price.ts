import type { Pricing } from '../api/registry';
import type { Format } from '../i18n/format';
import type { Messages } from '../i18n/messages';

/** A price, and how often it is paid, in words. */
export function priceInWords(pricing: Pricing, messages: Messages, format: Format): string {
  const { model, amount_minor, currency, per_seat, tiers } = pricing;
  if (model === 'free' || amount_minor == null || currency == null) return messages.pricing.free;
  const price = messages.pricing[model](format.money(amount_minor, currency));
  if (!per_seat) return price;
  const steps = (tiers ?? []).map((tier) =>
    messages.pricing.tier(tier.from, format.money(tier.amount_minor, currency)),
  );
  return [messages.pricing.perSeat(price), ...steps].join(', ');
}

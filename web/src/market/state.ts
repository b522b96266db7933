import type { Amount, Money, Order } from '../api/market';
import type { BadgeTone } from '../components/Badge';
import type { Format } from '../i18n/format';
import type { Messages } from '../i18n/messages';

/** The states that operators look for, the one with work in it first. */
export const STATES = [
  'pending',
  'created',
  'active',
  'frozen',
  'disputed',
  'cancelled',
  'declined',
  'expired',
  'refunded',
] as const;

/** How loudly a state is shown. */
export function toneOf(state: string): BadgeTone {
  switch (state) {
    case 'active':
    case 'in-force':
    case 'paid':
      return 'accent';
    case 'created':
    case 'pending':
    case 'open':
      return 'warn';
    case 'frozen':
    case 'disputed':
    case 'revoked':
      return 'bad';
    default:
      return 'plain';
  }
}

/** An amount in the reader's manner. */
export const moneyIn = ({ amount_minor, currency }: Money | Amount, format: Format): string =>
  format.money(amount_minor, currency);

/** What an order's state means, and what comes next. */
export function meaningOf(order: Order, messages: Messages, format: Format): string | undefined {
  const words = messages.market.orders.means;
  const [until, due] = [order.until, order.due_at].map((at) => (at ? format.date(at) : undefined));
  switch (order.state) {
    case 'pending':
      return words.pending(due);
    case 'active':
      if (!until) return words.forEver;
      if (order.model === 'trial') return words.trial(until);
      if (order.ends) return words.ends(until);
      return due ? words.nextDue(until, due) : words.renews(until);
    case 'created':
    case 'frozen':
    case 'declined':
    case 'expired':
    case 'cancelled':
    case 'refunded':
    case 'disputed':
      return words[order.state];
    default:
      return undefined;
  }
}

/** What cancelling an order would do; nothing where it cannot be cancelled. */
export function cancellation(order: Order, messages: Messages, format: Format): string | undefined {
  const words = messages.market.orders.cancelDetail;
  switch (order.state) {
    case 'created':
    case 'pending':
      return words.waits;
    case 'frozen':
      return words.frozen;
    case 'active':
      if (order.ends || order.model === 'one-time') return undefined;
      if (order.model === 'trial') return words.trial;
      return order.until ? words.subscription(format.date(order.until)) : words.free;
    default:
      return undefined;
  }
}

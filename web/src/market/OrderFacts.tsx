import { Link } from 'react-router';
import type { Order } from '../api/market';
import { Fact } from '../components/Fact';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import { moneyIn } from './state';
import styles from '../submissions/page.module.css';

/** What was agreed, and how it stands. */
export function OrderFacts({ order }: { order: Order }) {
  const { messages, format } = useLocale();
  const words = messages.market.orders;
  return (
    <dl className={styles.facts} aria-label={words.facts}>
      <Fact name={words.module}>
        <Link to={`/modules/${order.module}`}>{order.module}</Link>
      </Fact>
      <Fact name={words.model}>{words.models[order.model] ?? order.model}</Fact>
      <Fact name={words.seats}>{order.seats && format.number(order.seats)}</Fact>
      <Fact name={words.due}>{order.due && moneyIn(order.due, format)}</Fact>
      <Fact name={words.dueAt}>{order.due_at && <Moment at={order.due_at} />}</Fact>
      <Fact name={words.until}>{order.until && <Moment at={order.until} />}</Fact>
      <Fact name={words.costCentre}>{order.cost_centre}</Fact>
      <Fact name={words.placed}>
        <Moment at={order.placed_at} />
      </Fact>
      <Fact name={words.id}>
        <code>{order.id}</code>
      </Fact>
    </dl>
  );
}

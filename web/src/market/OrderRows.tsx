import type { Ref } from 'react';
import { Link } from 'react-router';
import type { Order } from '../api/market';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { meaningOf, moneyIn } from './state';
import { StateOf } from './StateOf';
import styles from './market.module.css';

interface OrderRowsProps {
  orders: Order[];
  /** Whether they are of several tenants. */
  withTenant?: boolean;
  list: Ref<HTMLUListElement>;
}

/** Orders, one below the other, each with its state and what comes next. */
export function OrderRows({ orders, withTenant = false, list }: OrderRowsProps) {
  const { messages, format } = useLocale();
  const words = messages.market.orders;
  return (
    <ul ref={list} className={styles.rows} aria-label={words.list}>
      {orders.map((order) => (
        <li key={order.id}>
          <div className={styles.about}>
            <span>
              <Link to={`/account/orders/${order.id}`} className={styles.name} data-result="">
                {order.module}
              </Link>{' '}
              <StateOf state={order.state} words={words.states} />
            </span>
            <span className={styles.line}>
              {withTenant && <span>{order.tenant}</span>}
              <span>{words.models[order.model] ?? order.model}</span>
              {order.seats && <span>{messages.market.buy.seat(order.seats)}</span>}
              <span>
                {words.placed} <Time at={order.placed_at} />
              </span>
            </span>
            <span className={styles.line}>{meaningOf(order, messages, format)}</span>
          </div>
          {order.due && <span className={styles.amount}>{moneyIn(order.due, format)}</span>}
        </li>
      ))}
    </ul>
  );
}

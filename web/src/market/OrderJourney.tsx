import type { OrderEvent } from '../api/market';
import { Moment } from '../components/Moment';
import { Words } from '../components/Words';
import { useLocale } from '../i18n/locale';
import styles from '../submissions/Journey.module.css';

interface OrderJourneyProps {
  events: OrderEvent[];
  /** The account of whoever reads. */
  self: string;
}

/** What happened to an order, in the order it happened: what it became, by whom, when, and why. */
export function OrderJourney({ events, self }: OrderJourneyProps) {
  const { messages } = useLocale();
  const words = messages.market.orders;
  const who = (by: string) => {
    if (by === `account:${self}`) return words.by.you;
    if (by === 'machine' || by === 'job' || by === 'provider') return words.by[by];
    return by.startsWith('token:') ? words.by.token : words.by.account;
  };
  return (
    <ol className={styles.journey}>
      {events.map((event, index) => (
        <li key={index} className={styles.step}>
          <h3 className={styles.title}>{words.events[event.what] ?? event.what}</h3>
          <p className={styles.line}>
            <span>{words.states[event.state] ?? event.state}</span>
            <span>{who(event.by)}</span>
            <Moment at={event.at} />
          </p>
          {event.reason && (
            <p className={styles.text}>
              <Words>{event.reason}</Words>
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

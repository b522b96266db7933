import { useCallback, useState } from 'react';
import { useSession } from '../accounts/session';
import type { Invoice } from '../api/market';
import { Failure } from '../components/Failure';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { moneyIn } from './state';
import { Lines } from './Lines';
import { StateOf } from './StateOf';
import styles from './market.module.css';

/** How many are asked for at first: a subscription has one for each period. */
const FIRST = 3;

/** The invoices of an order, the last one first. */
export function Invoices({ numbers }: { numbers: string[] }) {
  const { messages } = useLocale();
  const { market } = useSession();
  const [isAll, showAll] = useState(false);
  // One text, so that the same numbers again are not asked for again.
  const shown = numbers
    .toReversed()
    .slice(0, isAll ? undefined : FIRST)
    .join(' ');
  const list = useResource(
    useCallback(
      (signal: AbortSignal) =>
        Promise.all(shown.split(' ').map((number) => market.invoice(number, signal))),
      [market, shown],
    ),
  );
  const words = messages.market.orders;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const invoices = list.status === 'ready' ? list.value : list.previous;
  if (!invoices) return <p role="status">{messages.state.loading}</p>;
  return (
    <>
      <ul className={styles.rows} aria-label={words.invoices}>
        {invoices.map((invoice) => (
          <Row key={invoice.number} invoice={invoice} />
        ))}
      </ul>
      {!isAll && numbers.length > FIRST && (
        <div>
          <button
            type="button"
            className="button"
            onClick={() => {
              showAll(true);
            }}
          >
            {words.allInvoices(numbers.length)}
          </button>
        </div>
      )}
    </>
  );
}

function Row({ invoice }: { invoice: Invoice }) {
  const { messages, format } = useLocale();
  const words = messages.market.orders;
  const { number, state, lines, total, written_at, due_at } = invoice;
  return (
    <li>
      <div className={styles.about}>
        <span>
          <span className={styles.name}>{number}</span>{' '}
          <StateOf state={state} words={words.invoiceStates} />
        </span>
        <span className={styles.line}>
          <span>
            {words.written} <Time at={written_at} />
          </span>
          {state === 'open' && (
            <span>
              {words.payUntil} <Time at={due_at} />
            </span>
          )}
          <a href={`/api/v1/invoices/${number}/pdf`} download aria-label={words.pdfOf(number)}>
            {words.pdf}
          </a>
        </span>
        {lines.length > 1 && <Lines label={number} lines={lines} total={total} />}
      </div>
      <span className={styles.amount}>{moneyIn(total, format)}</span>
    </li>
  );
}

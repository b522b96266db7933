import { useCallback, useRef } from 'react';
import { Link } from 'react-router';
import type { Statement } from '../api/market';
import { PagedList } from '../components/PagedList';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { moneyIn } from './state';
import styles from './market.module.css';

interface StatementListProps {
  /** Memoised. */
  load: (after: string | undefined, signal: AbortSignal) => Promise<Statement>;
  /** Where all of it is as a table. */
  csv: string;
  /** Said where nothing has moved. */
  empty: string;
  /** What is left, in words. */
  balance: (amount: string) => string;
  /** Whether its orders are the reader's to look at. */
  withOrders?: boolean;
}

/** What moved on an account, and what is left. */
export function StatementList({
  load,
  csv,
  empty,
  balance,
  withOrders = true,
}: StatementListProps) {
  const { messages, format } = useLocale();
  const list = useRef<HTMLUListElement>(null);
  const words = messages.market.statement;
  const pages = usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await load(cursor, signal);
        return { items: page.lines, balances: page.balances, next_cursor: page.next };
      },
      [load],
    ),
  );
  const { first, items } = pages;
  if (first.status === 'ready' && items.length === 0) {
    return <p className={styles.quiet}>{empty}.</p>;
  }
  const balances = first.status === 'ready' ? first.value.balances : [];
  const open = balances.filter(({ amount_minor }) => amount_minor !== 0);
  return (
    <PagedList pages={pages} list={list} shown={items.length} empty={{ title: empty }}>
      <div className={styles.statement}>
        {open.map((left) => (
          <p key={left.currency} className={styles.balance}>
            {balance(moneyIn(left, format))}
          </p>
        ))}
        {open.length === 0 && <p className={styles.quiet}>{words.nothingOpen}</p>}
        <ul ref={list} className={styles.rows} aria-label={words.list}>
          {items.map((line, index) => (
            <li key={index} tabIndex={-1} data-result="">
              <div className={styles.about}>
                <span className={styles.name}>{words.kinds[line.kind] ?? line.kind}</span>
                <span className={styles.line}>
                  <Time at={line.at} />
                  {line.reference && <span>{line.reference}</span>}
                  {withOrders && <Link to={`/account/orders/${line.order}`}>{words.order}</Link>}
                </span>
              </div>
              <span className={styles.amount}>{moneyIn(line.amount, format)}</span>
            </li>
          ))}
        </ul>
        <p>
          <a href={csv} download>
            {words.csv}
          </a>
        </p>
      </div>
    </PagedList>
  );
}

import { useCallback, useRef } from 'react';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import { PagedList } from '../components/PagedList';
import { PageHeading } from '../components/PageHeading';
import { Pills } from '../components/Pills';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { useFilter } from '../submissions/useFilter';
import { OrderRows } from './OrderRows';
import { STATES } from './state';
import styles from './market.module.css';

/** For operators: whose money is awaited, and every other order. */
export function OrdersPage() {
  const { messages } = useLocale();
  const words = messages.market.orders;
  return (
    <SignedIn title={words.title} operatorsOnly>
      {() => (
        <div className={styles.page}>
          <header className={styles.head}>
            <PageHeading title={words.title} className={styles.heading}>
              {words.title}
            </PageHeading>
            <p className={styles.quiet}>{words.introduction}</p>
          </header>
          <Orders />
        </div>
      )}
    </SignedIn>
  );
}

function Orders() {
  const { messages } = useLocale();
  const { market } = useSession();
  const [filter, choose] = useFilter('state', STATES);
  const state = filter || STATES[0];
  const list = useRef<HTMLUListElement>(null);
  const words = messages.market.orders;
  const pages = usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await market.ordersIn(state, cursor, signal);
        return { items: page.orders, next_cursor: page.next };
      },
      [market, state],
    ),
  );
  return (
    <>
      <Pills
        name="adx-order-state"
        legend={words.state}
        options={STATES.map((value) => ({ value, label: words.states[value] ?? value }))}
        chosen={state}
        onChoose={choose}
      />
      <PagedList pages={pages} list={list} shown={pages.items.length} empty={{ title: words.none }}>
        <OrderRows orders={pages.items} withTenant list={list} />
      </PagedList>
    </>
  );
}

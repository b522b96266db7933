import { useCallback, useRef } from 'react';
import { Link, useParams } from 'react-router';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import type { Account } from '../api/accounts';
import { Failure } from '../components/Failure';
import { PagedList } from '../components/PagedList';
import { PageHeading } from '../components/PageHeading';
import { Trail } from '../components/Trail';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { useResource } from '../lib/useResource';
import { FailurePage } from '../pages/FailurePage';
import { Section } from '../submissions/Section';
import { Licences } from './Licences';
import { OrderRows } from './OrderRows';
import { mayDecide, partIn } from './part';
import { StatementList } from './StatementList';
import { TenantFacts } from './TenantFacts';
import styles from './market.module.css';

/** What belongs to a tenant: its facts, what was ordered for it, what it may use, and what it owes. */
export function TenantPage() {
  const { tenant = '' } = useParams();
  return (
    <SignedIn title={tenant}>
      {(account, csrf) => (
        <div className={styles.page}>
          <Loaded key={tenant} name={tenant} account={account} csrf={csrf} />
        </div>
      )}
    </SignedIn>
  );
}

interface LoadedProps {
  name: string;
  account: Account;
  csrf: string;
}

function Loaded({ name, account, csrf }: LoadedProps) {
  const { messages } = useLocale();
  const { market, accounts } = useSession();
  const words = messages.market.tenants;
  const loaded = useResource(
    useCallback(
      async (signal: AbortSignal) => {
        const [tenant, mine, memberships, seesMoney] = await Promise.all([
          market.tenant(name, signal),
          market.tenants(signal),
          accounts.publishers(),
          market.seesMoneyOf(name, signal),
        ]);
        return { tenant, part: partIn(tenant, mine, memberships, seesMoney), seesMoney };
      },
      [market, accounts, name],
    ),
  );
  if (loaded.status === 'failed') {
    return (
      <FailurePage
        problem={loaded.problem}
        notFound={words.notFound(name)}
        onRetry={loaded.retry}
      />
    );
  }
  const known = loaded.status === 'ready' ? loaded.value : loaded.previous;
  if (!known) return <p role="status">{messages.state.loading}</p>;
  const { tenant, part, seesMoney } = known;
  return (
    <>
      <header className={styles.head}>
        <Trail
          steps={[
            account.is_operator && part === 'none'
              ? { label: messages.market.orders.title, to: '/orders' }
              : { label: words.title, to: '/account/tenants' },
            { label: tenant.tenant },
          ]}
        />
        <PageHeading title={tenant.tenant} className={styles.heading}>
          {tenant.tenant}
        </PageHeading>
        <p className={styles.quiet}>{words.buyers[tenant.buyer] ?? tenant.buyer}</p>
      </header>
      <Section title={words.about}>
        <TenantFacts
          tenant={tenant}
          mayChange={mayDecide(part)}
          csrf={csrf}
          onChange={loaded.retry}
        />
      </Section>
      <Section title={words.orders}>
        <Orders tenant={tenant.tenant} />
      </Section>
      <Section title={words.licences}>
        <Licences tenant={tenant.tenant} />
      </Section>
      <Section title={words.statement}>
        {seesMoney ? <StatementOf tenant={tenant.tenant} /> : <p>{words.notForMoney}</p>}
      </Section>
    </>
  );
}

function Orders({ tenant }: { tenant: string }) {
  const { messages } = useLocale();
  const { market } = useSession();
  const list = useRef<HTMLUListElement>(null);
  const words = messages.market.tenants;
  const pages = usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await market.ordersOf(tenant, cursor, signal);
        return { items: page.orders, next_cursor: page.next };
      },
      [market, tenant],
    ),
  );
  if (pages.first.status === 'failed') {
    return <Failure problem={pages.first.problem} onRetry={pages.first.retry} />;
  }
  if (pages.first.status === 'ready' && pages.items.length === 0) {
    return (
      <p className={styles.quiet}>
        {words.noOrders}. {words.noOrdersDetail} <Link to="/">{words.find}</Link>
      </p>
    );
  }
  return (
    <PagedList
      pages={pages}
      list={list}
      shown={pages.items.length}
      empty={{ title: words.noOrders }}
    >
      <OrderRows orders={pages.items} list={list} />
    </PagedList>
  );
}

function StatementOf({ tenant }: { tenant: string }) {
  const { messages } = useLocale();
  const { market } = useSession();
  const words = messages.market;
  return (
    <StatementList
      load={useCallback(
        (after: string | undefined, signal: AbortSignal) =>
          market.statementOf(tenant, after, signal),
        [market, tenant],
      )}
      csv={`/api/v1/tenants/${tenant}/statement.csv`}
      empty={words.statement.none}
      balance={words.tenants.owed}
    />
  );
}

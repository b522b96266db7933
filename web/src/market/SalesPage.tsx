import { useCallback } from 'react';
import { useParams } from 'react-router';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import type { Account } from '../api/accounts';
import { Failure } from '../components/Failure';
import { PageHeading } from '../components/PageHeading';
import { Trail } from '../components/Trail';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { Section } from '../submissions/Section';
import { Coupons } from './Coupons';
import { StatementList } from './StatementList';
import styles from './market.module.css';

/** What a publisher is owed for what was sold, and what it takes off its prices. */
export function SalesPage() {
  const { namespace = '' } = useParams();
  const { messages } = useLocale();
  const words = messages.market.sales;
  return (
    <SignedIn title={words.of(namespace)}>
      {(account, csrf) => (
        <div className={styles.page}>
          <header className={styles.head}>
            <Trail
              steps={[
                { label: namespace, to: `/account/publishers/${namespace}` },
                { label: words.title },
              ]}
            />
            <PageHeading title={words.of(namespace)} className={styles.heading}>
              {words.of(namespace)}
            </PageHeading>
            <p className={styles.quiet}>{words.introduction}</p>
          </header>
          <Loaded key={namespace} namespace={namespace} account={account} csrf={csrf} />
        </div>
      )}
    </SignedIn>
  );
}

interface LoadedProps {
  namespace: string;
  account: Account;
  csrf: string;
}

function Loaded({ namespace, account, csrf }: LoadedProps) {
  const { messages } = useLocale();
  const { accounts, market, publishers } = useSession();
  const loaded = useResource(
    useCallback(
      async (signal: AbortSignal) => {
        const [publisher, mine] = await Promise.all([
          publishers.publisher(namespace, signal),
          accounts.publishers(),
        ]);
        // As the publisher spells it: `-` and `_` are the same in addresses.
        return mine.publishers.find((known) => known.namespace === publisher.namespace);
      },
      [accounts, publishers, namespace],
    ),
  );
  const load = useCallback(
    (after: string | undefined, signal: AbortSignal) => market.sales(namespace, after, signal),
    [market, namespace],
  );
  const words = messages.market.sales;
  if (loaded.status === 'failed') {
    return <Failure problem={loaded.problem} onRetry={loaded.retry} />;
  }
  if (loaded.status === 'loading') return <p role="status">{messages.state.loading}</p>;
  const role = loaded.value?.role;
  if (role !== 'owner' && role !== 'billing' && !account.is_operator) {
    return <p>{words.notMember}</p>;
  }
  return (
    <>
      <Section title={words.statement}>
        <StatementList
          load={load}
          csv={`/api/v1/publishers/${namespace}/statement.csv`}
          empty={words.noSales}
          balance={words.owed}
          withOrders={false}
        />
      </Section>
      <Section title={words.coupons}>
        <Coupons namespace={namespace} mayMake={role === 'owner'} csrf={csrf} />
      </Section>
    </>
  );
}

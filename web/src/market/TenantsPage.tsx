import { useCallback } from 'react';
import { Link } from 'react-router';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import { Failure } from '../components/Failure';
import { Notice } from '../components/Notice';
import { PageHeading } from '../components/PageHeading';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import styles from './market.module.css';

/** For whom a person may buy, or ask for something. */
export function TenantsPage() {
  const { messages } = useLocale();
  const words = messages.market.tenants;
  return (
    <SignedIn title={words.title}>
      {() => (
        <div className={styles.page}>
          <header className={styles.head}>
            <PageHeading title={words.title} className={styles.heading}>
              {words.title}
            </PageHeading>
            <p className={styles.quiet}>{words.introduction}</p>
          </header>
          <Tenants />
        </div>
      )}
    </SignedIn>
  );
}

function Tenants() {
  const { messages } = useLocale();
  const { market } = useSession();
  const list = useResource(useCallback((signal: AbortSignal) => market.tenants(signal), [market]));
  const words = messages.market.tenants;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const tenants = list.status === 'ready' ? list.value : list.previous;
  if (!tenants) return <p role="status">{messages.state.loading}</p>;
  const register = (
    <Link to="/account/tenants/new" className="button">
      {words.register}
    </Link>
  );
  if (tenants.length === 0) {
    return (
      <Notice title={words.none} detail={words.noneDetail}>
        {register}
      </Notice>
    );
  }
  return (
    <>
      <ul className={styles.rows} aria-label={words.list}>
        {tenants.map(({ tenant, buyer, bill_to }) => (
          <li key={tenant}>
            <div className={styles.about}>
              <Link to={`/account/tenants/${tenant}`} className={styles.name}>
                {tenant}
              </Link>
              <span className={styles.line}>
                <span>{words.buyers[buyer] ?? buyer}</span>
                <span>{bill_to.split('\n')[0]}</span>
              </span>
            </div>
          </li>
        ))}
      </ul>
      <p>{register}</p>
    </>
  );
}

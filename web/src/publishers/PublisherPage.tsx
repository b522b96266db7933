import { useCallback } from 'react';
import { Link, useParams } from 'react-router';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import type { Account } from '../api/accounts';
import { Failure } from '../components/Failure';
import { PageHeading } from '../components/PageHeading';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { Section } from '../submissions/Section';
import { About } from './About';
import { Keys } from './Keys';
import { Quota } from './Quota';
import { Together } from './Together';
import styles from '../publishing/PublishingPage.module.css';

/** What belongs to a publisher: what it is called, who is in it, and what its owners decide. */
export function PublisherPage() {
  const { namespace = '' } = useParams();
  return (
    <SignedIn title={namespace}>
      {(account, csrf) => (
        <div className={styles.page}>
          <PageHeading title={namespace}>{namespace}</PageHeading>
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
  const { accounts, publishers } = useSession();
  const loaded = useResource(
    useCallback(
      async (signal: AbortSignal) => {
        const [publisher, mine] = await Promise.all([
          publishers.publisher(namespace, signal),
          accounts.publishers(),
        ]);
        // As the publisher spells it: `-` and `_` are the same in addresses.
        const as = mine.publishers.find((known) => known.namespace === publisher.namespace);
        return { publisher, as };
      },
      [accounts, publishers, namespace],
    ),
  );
  const words = messages.publisherPages;
  if (loaded.status === 'failed') {
    return <Failure problem={loaded.problem} onRetry={loaded.retry} />;
  }
  const known = loaded.status === 'ready' ? loaded.value : loaded.previous;
  if (!known) return <p role="status">{messages.state.loading}</p>;
  const { publisher, as } = known;
  const isOwner = as?.role === 'owner';
  const sees = as !== undefined || account.is_operator;
  return (
    <div className={styles.parts}>
      {as ? (
        <p>{words.youAre(messages.publishers.role[as.role])}</p>
      ) : (
        !sees && <p>{words.notMember}</p>
      )}
      <Section title={words.about}>
        <About publisher={publisher} isOwner={isOwner} csrf={csrf} onChange={loaded.retry} />
        {sees && <Elsewhere namespace={publisher.namespace} />}
      </Section>
      {sees && <Together publisher={publisher} as={as} csrf={csrf} onChange={loaded.retry} />}
      <Section title={words.keys}>
        <Keys publisher={publisher} />
      </Section>
      {sees && (
        <Section title={words.quota}>
          <Quota namespace={publisher.namespace} />
        </Section>
      )}
    </div>
  );
}

/** The publisher's other pages. */
function Elsewhere({ namespace }: { namespace: string }) {
  const { messages } = useLocale();
  const pages = [
    ['submissions', messages.submissions.title],
    ['publishing', messages.publishing.title],
    ['appeals', messages.appeals.title],
  ] as const;
  return (
    <nav aria-label={messages.publisherPages.elsewhere} className={styles.line}>
      {pages.map(([page, title]) => (
        <Link key={page} to={`/account/${page}?publisher=${namespace}`}>
          {title}
        </Link>
      ))}
    </nav>
  );
}

import { Fragment, useCallback } from 'react';
import { NamespaceChoice } from '../accounts/NamespaceChoice';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import { PageHeading } from '../components/PageHeading';
import { Pills } from '../components/Pills';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { OwnNames } from '../moderation/OwnNames';
import { TOLD_STATES } from './state';
import { SubmissionList } from './SubmissionList';
import { useFilter } from './useFilter';
import styles from './page.module.css';

/** What a publisher has sent, and which of its modules' names were held. */
export function SubmissionsPage() {
  const { messages } = useLocale();
  const words = messages.submissions;
  return (
    <SignedIn title={words.title}>
      {(account, csrf) => (
        <div className={styles.page}>
          <header className={styles.head}>
            <PageHeading title={words.title} className={styles.heading}>
              {words.title}
            </PageHeading>
            <p className={styles.quiet}>{words.introduction}</p>
          </header>
          <NamespaceChoice account={account}>
            {(namespace) => (
              <Fragment key={namespace}>
                <Sent namespace={namespace} />
                <OwnNames namespace={namespace} csrf={csrf} />
              </Fragment>
            )}
          </NamespaceChoice>
        </div>
      )}
    </SignedIn>
  );
}

function Sent({ namespace }: { namespace: string }) {
  const { messages } = useLocale();
  const { submissions } = useSession();
  const words = messages.submissions;
  const [state, chooseState] = useFilter('state', TOLD_STATES);
  const pages = usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await submissions.ofPublisher(namespace, state || undefined, cursor, signal);
        return { items: page.submissions, next_cursor: page.next };
      },
      [submissions, namespace, state],
    ),
  );
  return (
    <>
      <Pills
        name="adx-state"
        legend={words.state}
        isTitled
        options={[
          { value: '', label: words.any },
          ...TOLD_STATES.map((value) => ({ value, label: words.states[value] })),
        ]}
        chosen={state}
        onChoose={chooseState}
      />
      <SubmissionList
        pages={pages}
        base="/submissions/"
        empty={{ title: state ? words.noneOf : words.none(namespace) }}
      />
    </>
  );
}

import { useCallback } from 'react';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import type { ReviewCause } from '../api/submissions';
import { PageHeading } from '../components/PageHeading';
import { Pills } from '../components/Pills';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { CAUSES, STATES } from './state';
import { SubmissionList } from './SubmissionList';
import { useFilter } from './useFilter';
import styles from './page.module.css';

/** What waits for an operator, and what was decided. */
export function QueuePage() {
  const { messages } = useLocale();
  return (
    <SignedIn title={messages.review.title} operatorsOnly>
      {() => <Queue />}
    </SignedIn>
  );
}

function Queue() {
  const { messages } = useLocale();
  const { submissions } = useSession();
  const [state, chooseState] = useFilter('state', STATES);
  const [cause, chooseCause] = useFilter<ReviewCause>('cause', CAUSES);
  const pages = usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await submissions.queue(
          state || undefined,
          cause || undefined,
          cursor,
          signal,
        );
        return { items: page.submissions, next_cursor: page.next };
      },
      [submissions, state, cause],
    ),
  );
  const words = messages.review;
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <PageHeading title={words.title} className={styles.heading}>
          {words.title}
        </PageHeading>
        <p className={styles.quiet}>{words.introduction}</p>
      </header>
      <div className={styles.filters}>
        <Pills
          name="adx-state"
          legend={messages.submissions.state}
          isTitled
          options={[
            { value: '', label: words.waiting },
            ...STATES.map((value) => ({ value, label: messages.submissions.states[value] })),
          ]}
          chosen={state}
          onChoose={chooseState}
        />
        <Pills
          name="adx-cause"
          legend={words.cause}
          isTitled
          options={[
            { value: '', label: messages.submissions.any },
            ...CAUSES.map((value) => ({ value, label: messages.submissions.causes[value] })),
          ]}
          chosen={cause}
          onChoose={chooseCause}
        />
      </div>
      <SubmissionList
        pages={pages}
        base="/review/"
        empty={
          state || cause ? { title: words.noneOf } : { title: words.empty, detail: words.emptyHint }
        }
      />
    </div>
  );
}

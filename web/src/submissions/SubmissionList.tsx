import { useRef } from 'react';
import type { Submission } from '../api/submissions';
import { Failure } from '../components/Failure';
import { Notice } from '../components/Notice';
import { ResultsSkeleton } from '../components/Skeleton';
import { useLocale } from '../i18n/locale';
import { useFocusAfterMore } from '../lib/useFocusAfterMore';
import type { Pages, Page } from '../lib/usePages';
import { SubmissionRows } from './SubmissionRows';
import styles from './page.module.css';

interface SubmissionListProps {
  pages: Pages<Page<Submission>>;
  /** Which of what was loaded is shown. */
  isWanted: (submission: Submission) => boolean;
  base: '/submissions/' | '/review/';
  /** Said where there is nothing at all. */
  empty: { title: string; detail?: string };
}

/** A page of submissions after the other. */
export function SubmissionList({
  pages: { first, items, more },
  isWanted,
  base,
  empty,
}: SubmissionListProps) {
  const { messages } = useLocale();
  const list = useRef<HTMLUListElement>(null);
  const shown = items.filter(isWanted);
  useFocusAfterMore(shown.length, more?.loading ?? false, list);
  if (first.status === 'failed') return <Failure problem={first.problem} onRetry={first.retry} />;
  if (first.status === 'loading' && items.length === 0) {
    return (
      <>
        <p role="status" className="visually-hidden">
          {messages.state.loading}
        </p>
        <ResultsSkeleton />
      </>
    );
  }
  if (items.length === 0) return <Notice {...empty} />;
  return (
    <div aria-busy={first.status === 'loading'}>
      {shown.length > 0 ? (
        <SubmissionRows submissions={shown} base={base} list={list} />
      ) : (
        <p role="status" className={styles.quiet}>
          {messages.submissions.noneOf(items.length)}
        </p>
      )}
      {more?.problem && <Failure problem={more.problem} onRetry={more.load} />}
      {more && !more.problem && (
        <button
          type="button"
          className={`button ${styles.more}`}
          aria-disabled={more.loading}
          onClick={more.load}
        >
          {more.loading ? messages.search.loadingMore : messages.submissions.more}
        </button>
      )}
    </div>
  );
}

import type { ReactNode, RefObject } from 'react';
import { useLocale } from '../i18n/locale';
import { useFocusAfterMore } from '../lib/useFocusAfterMore';
import type { Page, Pages } from '../lib/usePages';
import { Failure } from './Failure';
import { Notice } from './Notice';
import { ResultsSkeleton } from './Skeleton';
import styles from './PagedList.module.css';

interface PagedListProps {
  pages: Pages<Page>;
  /** The list in `children`, and how many of what was loaded are in it. */
  list: RefObject<HTMLElement | null>;
  shown: number;
  /** Said where there is nothing at all. */
  empty: { title: string; detail?: string };
  /** What was loaded so far. */
  children: ReactNode;
}

/** A list that comes page by page: on its way, empty, failed, or there with a button for more. */
export function PagedList({
  pages: { first, items, more },
  list,
  shown,
  empty,
  children,
}: PagedListProps) {
  const { messages } = useLocale();
  useFocusAfterMore(shown, more?.loading ?? false, list);
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
      {children}
      {more?.problem && <Failure problem={more.problem} onRetry={more.load} />}
      {more && !more.problem && (
        <button
          type="button"
          className={`button ${styles.more}`}
          aria-disabled={more.loading}
          onClick={more.load}
        >
          {more.loading ? messages.search.loadingMore : messages.search.more}
        </button>
      )}
    </div>
  );
}

import { useRef } from 'react';
import type { Submission } from '../api/submissions';
import { PagedList } from '../components/PagedList';
import { useLocale } from '../i18n/locale';
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
export function SubmissionList({ pages, isWanted, base, empty }: SubmissionListProps) {
  const { messages } = useLocale();
  const list = useRef<HTMLUListElement>(null);
  const shown = pages.items.filter(isWanted);
  return (
    <PagedList pages={pages} list={list} shown={shown.length} empty={empty}>
      {shown.length > 0 ? (
        <SubmissionRows submissions={shown} base={base} list={list} />
      ) : (
        <p role="status" className={styles.quiet}>
          {messages.submissions.noneOf(pages.items.length)}
        </p>
      )}
    </PagedList>
  );
}

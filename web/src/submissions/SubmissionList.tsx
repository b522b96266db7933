import { useRef } from 'react';
import type { Submission } from '../api/submissions';
import { PagedList } from '../components/PagedList';
import type { Pages, Page } from '../lib/usePages';
import { SubmissionRows } from './SubmissionRows';

interface SubmissionListProps {
  pages: Pages<Page<Submission>>;
  base: '/submissions/' | '/review/';
  /** Said where there is nothing at all. */
  empty: { title: string; detail?: string };
}

/** A page of submissions after the other. */
export function SubmissionList({ pages, base, empty }: SubmissionListProps) {
  const list = useRef<HTMLUListElement>(null);
  return (
    <PagedList pages={pages} list={list} shown={pages.items.length} empty={empty}>
      <SubmissionRows submissions={pages.items} base={base} list={list} />
    </PagedList>
  );
}

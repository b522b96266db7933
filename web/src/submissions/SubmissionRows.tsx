import type { Ref } from 'react';
import { Link } from 'react-router';
import type { Submission } from '../api/submissions';
import { Moment } from '../components/Moment';
import { Words } from '../components/Words';
import { useLocale } from '../i18n/locale';
import { counted, isWaiting } from './state';
import { StateBadge } from './StateBadge';
import styles from './SubmissionRows.module.css';

interface SubmissionRowsProps {
  submissions: Submission[];
  /** Where the page of one is: before its id. */
  base: '/submissions/' | '/review/';
  list?: Ref<HTMLUListElement>;
}

/** Submissions, one below the other. */
export function SubmissionRows({ submissions, base, list }: SubmissionRowsProps) {
  const { messages } = useLocale();
  return (
    <ul ref={list} aria-label={messages.submissions.list}>
      {submissions.map((submission) => (
        <Row key={submission.id} submission={submission} to={`${base}${submission.id}`} />
      ))}
    </ul>
  );
}

function Row({ submission, to }: { submission: Submission; to: string }) {
  const { messages } = useLocale();
  const words = messages.submissions;
  const found = counted(submission.findings).map(({ severity, n }) => words.found[severity](n));
  const causes = submission.causes.map((cause) => words.causes[cause]);
  return (
    <li className={styles.row}>
      <h2 className={styles.name}>
        <Link to={to} data-result="">
          {submission.module} <span className={styles.version}>{submission.version}</span>
        </Link>
      </h2>
      <StateBadge state={submission.state} />
      <p className={styles.line}>
        {causes.length > 0 && <span>{causes.join(', ')}</span>}
        {found.length > 0 && <span>{found.join(', ')}</span>}
        <span>
          {isWaiting(submission.state) ? messages.review.waitingSince : words.sent}{' '}
          <Moment at={submission.created_at} />
        </span>
      </p>
      {submission.reason && (
        <p className={styles.reason}>
          <Words>{submission.reason}</Words>
        </p>
      )}
    </li>
  );
}

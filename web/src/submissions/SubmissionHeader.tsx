import type { Submission } from '../api/submissions';
import { PageHeading } from '../components/PageHeading';
import { Trail } from '../components/Trail';
import { Words } from '../components/Words';
import { useLocale } from '../i18n/locale';
import { StateBadge } from './StateBadge';
import styles from './page.module.css';

interface SubmissionHeaderProps {
  submission: Submission;
  /** The list that it is in. */
  list: { label: string; to: string };
}

/** What was sent, how far it has come, and why somebody looks at it. */
export function SubmissionHeader({ submission, list }: SubmissionHeaderProps) {
  const { messages } = useLocale();
  const words = messages.submissions;
  const title = `${submission.module} ${submission.version}`;
  return (
    <header className={styles.head}>
      <Trail steps={[list, { label: title }]} />
      <PageHeading title={title} className={styles.heading}>
        {title}
      </PageHeading>
      <p className={styles.line}>
        <StateBadge state={submission.state} />
        {submission.reason && (
          <span>
            <Words>{submission.reason}</Words>
          </span>
        )}
      </p>
      {submission.causes.length > 0 && (
        <ul aria-label={words.why} className={styles.quiet}>
          {submission.causes.map((cause) => (
            <li key={cause}>{words.causesInWords[cause]}</li>
          ))}
        </ul>
      )}
    </header>
  );
}

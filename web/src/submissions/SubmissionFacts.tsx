import type { Submission } from '../api/submissions';
import { Fact } from '../components/Fact';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import styles from './page.module.css';

/** What is known of what was sent. */
export function SubmissionFacts({ submission }: { submission: Submission }) {
  const { messages, format } = useLocale();
  const words = messages.submissions;
  return (
    <dl className={styles.facts}>
      <Fact name={words.sent}>
        <Moment at={submission.created_at} />
      </Fact>
      <Fact name={words.changed}>
        {format.dateTime(submission.changed_at) !== format.dateTime(submission.created_at) && (
          <Moment at={submission.changed_at} />
        )}
      </Fact>
      <Fact name={words.checkedAgain}>
        {submission.checked_at && <Moment at={submission.checked_at} />}
      </Fact>
      <Fact name={words.decidedBy}>
        {submission.decided_by && words.sides[submission.decided_by]}
      </Fact>
      <Fact name={words.size}>
        {submission.size_bytes > 0 && format.size(submission.size_bytes)}
      </Fact>
      <Fact name={words.sha256}>
        <code>{submission.sha256}</code>
      </Fact>
      <Fact name={words.token}>
        <code>{submission.token}</code>
      </Fact>
    </dl>
  );
}

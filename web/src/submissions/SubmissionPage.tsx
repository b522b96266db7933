import { Link, useParams } from 'react-router';
import { SignedIn } from '../accounts/SignedIn';
import type { Account } from '../api/accounts';
import type { SubmissionDetail } from '../api/submissions';
import { ModuleSkeleton } from '../components/Skeleton';
import { useLocale } from '../i18n/locale';
import { Appeal } from '../moderation/Appeal';
import { FailurePage } from '../pages/FailurePage';
import { Changes } from './Changes';
import { Findings } from './Findings';
import { Journey } from './Journey';
import { OwnDecision } from './OwnDecision';
import { Say } from './Say';
import { Section } from './Section';
import { awaitsAnswer, isWaiting, parts } from './state';
import { SubmissionFacts } from './SubmissionFacts';
import { SubmissionHeader } from './SubmissionHeader';
import { useSubmission } from './useSubmission';
import styles from './page.module.css';

/** A version that was sent, as its publisher sees it. */
export function SubmissionPage() {
  const { id = '' } = useParams();
  const { messages } = useLocale();
  return (
    <SignedIn title={messages.submissions.title}>
      {(account, csrf) => <Loaded key={id} id={id} account={account} csrf={csrf} />}
    </SignedIn>
  );
}

function Loaded({ id, account, csrf }: { id: string; account: Account; csrf: string }) {
  const { messages } = useLocale();
  const { detail, ...loaded } = useSubmission(id);
  if (loaded.status === 'failed') {
    return (
      <FailurePage
        problem={loaded.problem}
        notFound={messages.submissions.notFound}
        onRetry={loaded.retry}
      />
    );
  }
  if (!detail) return <ModuleSkeleton title={messages.submissions.title} />;
  return <Shown detail={detail} account={account} csrf={csrf} onChange={loaded.retry} />;
}

interface ShownProps {
  detail: SubmissionDetail;
  account: Account;
  csrf: string;
  /** Told that something happened to it. */
  onChange: () => void;
}

function Shown({ detail, account, csrf, onChange }: ShownProps) {
  const { messages } = useLocale();
  const { submission, events } = detail;
  const words = messages.submissions;
  const { namespace } = parts(submission.module);
  const isAsked = awaitsAnswer(detail);
  return (
    <article className={styles.page}>
      <SubmissionHeader
        submission={submission}
        list={{ label: words.title, to: `/account/submissions?publisher=${namespace}` }}
      />
      {isAsked && <p className={styles.notice}>{words.asked}</p>}
      <div className={styles.columns}>
        <div className={styles.main}>
          <Section title={words.findings}>
            <Findings findings={submission.findings} />
          </Section>
          <Section title={words.journey}>
            <Journey events={events} />
            <Say
              id={submission.id}
              csrf={csrf}
              label={isAsked ? words.answer : words.say}
              onSaid={onChange}
            />
          </Section>
          <Section title={words.changes}>
            <Changes id={submission.id} />
          </Section>
        </div>
        <div className={styles.side}>
          {submission.state === 'released' && (
            <p>
              <Link to={`/modules/${submission.module}/${submission.version}`}>
                {words.readRelease}
              </Link>
            </p>
          )}
          {account.is_operator && (
            <p>
              <Link to={`/review/${submission.id}`}>{words.toReview}</Link>
            </p>
          )}
          {isWaiting(submission.state) && !account.is_operator && (
            <OwnDecision submission={submission} csrf={csrf} onChange={onChange} />
          )}
          {submission.state === 'rejected' && submission.decided_by === 'operator' && (
            <Appeal
              namespace={namespace}
              subjects={[{ kind: 'submission', subject: submission.id }]}
              what={`${submission.module} ${submission.version}`}
            />
          )}
          <SubmissionFacts submission={submission} />
        </div>
      </div>
    </article>
  );
}

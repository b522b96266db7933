import { useParams } from 'react-router';
import { SignedIn } from '../accounts/SignedIn';
import type { SubmissionDetail } from '../api/submissions';
import { ModuleSkeleton } from '../components/Skeleton';
import { useLocale } from '../i18n/locale';
import { FailurePage } from '../pages/FailurePage';
import { Changes } from './Changes';
import { Decision } from './Decision';
import { Findings } from './Findings';
import { Journey } from './Journey';
import { Say } from './Say';
import { Section } from './Section';
import { StandingOf } from './StandingOf';
import { parts } from './state';
import { SubmissionFacts } from './SubmissionFacts';
import { SubmissionHeader } from './SubmissionHeader';
import { useSubmission } from './useSubmission';
import styles from './page.module.css';

/** A version that was sent, as the operators see it who decide. */
export function ReviewPage() {
  const { id = '' } = useParams();
  const { messages } = useLocale();
  return (
    <SignedIn title={messages.review.title} operatorsOnly>
      {(_, csrf) => <Loaded key={id} id={id} csrf={csrf} />}
    </SignedIn>
  );
}

function Loaded({ id, csrf }: { id: string; csrf: string }) {
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
  if (!detail) return <ModuleSkeleton title={messages.review.title} />;
  return <Shown detail={detail} csrf={csrf} onChange={loaded.retry} />;
}

interface ShownProps {
  detail: SubmissionDetail;
  csrf: string;
  /** Told that something happened to it. */
  onChange: () => void;
}

function Shown({ detail: { submission, events }, csrf, onChange }: ShownProps) {
  const { messages } = useLocale();
  const words = messages.review;
  const { namespace } = parts(submission.module);
  return (
    <article className={styles.page}>
      <SubmissionHeader submission={submission} list={{ label: words.title, to: '/review' }} />
      <div className={styles.columns}>
        <div className={styles.main}>
          <Section title={messages.submissions.findings}>
            <Findings findings={submission.findings} />
          </Section>
          <Section title={messages.submissions.changes}>
            <Changes id={submission.id} />
          </Section>
          <Section title={messages.submissions.journey}>
            <Journey events={events} />
            <Say
              id={submission.id}
              csrf={csrf}
              label={messages.submissions.say}
              onSaid={onChange}
            />
          </Section>
        </div>
        <div className={styles.side}>
          <Section title={words.decide}>
            <Decision submission={submission} csrf={csrf} onChange={onChange} />
          </Section>
          <Section title={words.standing(namespace)}>
            <StandingOf namespace={namespace} csrf={csrf} />
          </Section>
          <Section title={words.about}>
            <SubmissionFacts submission={submission} />
          </Section>
        </div>
      </div>
    </article>
  );
}

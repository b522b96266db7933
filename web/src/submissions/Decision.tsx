import { useState } from 'react';
import { Area, Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import { packageOf, type Submission } from '../api/submissions';
import { useLocale } from '../i18n/locale';
import { MAX_REASON, MAX_REMARK } from './limits';
import { isInReview, isWaiting } from './state';
import styles from './page.module.css';

interface DecisionProps {
  submission: Submission;
  csrf: string;
  /** Told that something was decided or asked. */
  onChange: () => void;
}

/** What an operator can do about a submission that waits, each after a question. */
export function Decision({ submission, csrf, onChange }: DecisionProps) {
  const { messages } = useLocale();
  const { submissions } = useSession();
  const [asked, ask] = useState<'approve' | 'ask' | 'reject'>();
  const words = messages.review;
  const { id } = submission;
  const what = `${submission.module} ${submission.version}`;
  const close = () => {
    ask(undefined);
  };
  const button = (question: typeof asked, label: string) => (
    <button
      type="button"
      className="button"
      onClick={() => {
        ask(question);
      }}
    >
      {label}
    </button>
  );
  return (
    <>
      {isWaiting(submission.state) ? (
        <div className={styles.actions}>
          {isInReview(submission.state) && button('approve', words.approve)}
          {button('ask', words.ask)}
          {button('reject', words.reject)}
        </div>
      ) : (
        <p role="status">{words.decided}</p>
      )}
      <p>
        <a href={packageOf(id)} download>
          {words.download}
        </a>
      </p>
      <Question
        title={words.approveQuestion(what)}
        detail={
          submission.state === 'quarantined'
            ? `${words.approveHarmful} ${words.approveDetail}`
            : words.approveDetail
        }
        submit={words.release}
        isOpen={asked === 'approve'}
        onClose={close}
        onAnswer={async (value) => {
          await submissions.approve(csrf, id, value('reason').trim());
          onChange();
        }}
      >
        <Field
          name="reason"
          label={words.approveWord}
          hint={words.approveWordHint}
          autoComplete="off"
          maxLength={MAX_REASON}
          required={false}
        />
      </Question>
      <Question
        title={words.askQuestion(what)}
        detail={words.askDetail}
        submit={words.ask}
        isOpen={asked === 'ask'}
        onClose={close}
        onAnswer={async (value) => {
          await submissions.ask(csrf, id, value('text'));
          onChange();
        }}
      >
        <Area name="text" label={words.question} hint={words.questionHint} maxLength={MAX_REMARK} />
      </Question>
      <Question
        title={words.rejectQuestion(what)}
        detail={words.rejectDetail}
        submit={words.rejectIt}
        isOpen={asked === 'reject'}
        onClose={close}
        onAnswer={async (value) => {
          await submissions.reject(csrf, id, value('reason'));
          onChange();
        }}
      >
        <Field
          name="reason"
          label={words.reason}
          hint={words.reasonHint}
          autoComplete="off"
          maxLength={MAX_REASON}
        />
      </Question>
    </>
  );
}

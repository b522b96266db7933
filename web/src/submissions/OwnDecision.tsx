import { useState } from 'react';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { Submission } from '../api/submissions';
import { useLocale } from '../i18n/locale';
import styles from './page.module.css';

interface OwnDecisionProps {
  /** It waits. */
  submission: Submission;
  csrf: string;
  /** Told that something was decided. */
  onChange: () => void;
}

/** What its publisher can do about a submission that waits: take it back, and confirm what waits for an owner. */
export function OwnDecision({ submission, csrf, onChange }: OwnDecisionProps) {
  const { messages } = useLocale();
  const { submissions } = useSession();
  const [asked, ask] = useState<'confirm' | 'withdraw'>();
  const words = messages.submissions;
  const what = `${submission.module} ${submission.version}`;
  const close = () => {
    ask(undefined);
  };
  return (
    <div className={styles.actions}>
      {submission.state === 'staged' && (
        <button
          type="button"
          className="button"
          onClick={() => {
            ask('confirm');
          }}
        >
          {words.confirm}
        </button>
      )}
      <button
        type="button"
        className="button"
        onClick={() => {
          ask('withdraw');
        }}
      >
        {words.withdraw}
      </button>
      <Question
        title={words.confirmQuestion(what)}
        detail={words.confirmDetail}
        submit={words.confirm}
        isOpen={asked === 'confirm'}
        onClose={close}
        onAnswer={async () => {
          await submissions.confirm(csrf, submission.id);
          onChange();
        }}
      />
      <Question
        title={words.withdrawQuestion(what)}
        detail={words.withdrawDetail}
        submit={words.withdraw}
        isOpen={asked === 'withdraw'}
        onClose={close}
        onAnswer={async () => {
          await submissions.withdraw(csrf, submission.id);
          onChange();
        }}
      />
    </div>
  );
}

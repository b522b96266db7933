import { useCallback, useState } from 'react';
import { Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { PublisherStanding } from '../api/submissions';
import { Failure } from '../components/Failure';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { MAX_REASON } from './limits';
import styles from './page.module.css';

/** How a publisher is reviewed, and what an operator can say of that. */
export function StandingOf({ namespace, csrf }: { namespace: string; csrf: string }) {
  const { messages } = useLocale();
  const { submissions } = useSession();
  const loaded = useResource(
    useCallback(
      (signal: AbortSignal) => submissions.standing(namespace, signal),
      [submissions, namespace],
    ),
  );
  const [asked, ask] = useState<'held' | 'trusted' | 'none'>();
  const words = messages.review;
  if (loaded.status === 'failed') {
    return <Failure problem={loaded.problem} onRetry={loaded.retry} />;
  }
  const standing = loaded.status === 'ready' ? loaded.value : loaded.previous;
  if (!standing) return <p role="status">{messages.state.loading}</p>;
  const close = () => {
    ask(undefined);
  };
  const now = standing.standing ?? 'none';
  const buttons = [
    ['held', words.hold],
    ['trusted', words.trust],
    ['none', words.reset],
  ] as const;
  return (
    <>
      <Now standing={standing} />
      <div className={styles.actions}>
        {buttons
          .filter(([which]) => which !== now)
          .map(([which, label]) => (
            <button
              key={which}
              type="button"
              className="button"
              onClick={() => {
                ask(which);
              }}
            >
              {label}
            </button>
          ))}
      </div>
      {(['held', 'trusted'] as const).map((which) => (
        <Question
          key={which}
          title={which === 'held' ? words.holdQuestion(namespace) : words.trustQuestion(namespace)}
          detail={which === 'held' ? words.holdDetail : words.trustDetail}
          submit={which === 'held' ? words.hold : words.trust}
          isOpen={asked === which}
          onClose={close}
          onAnswer={async (value) => {
            const body = { standing: which, reason: value('reason') };
            await submissions.setStanding(csrf, namespace, body);
            loaded.retry();
          }}
        >
          <Field
            name="reason"
            label={words.reason}
            hint={words.reasonForOperators}
            autoComplete="off"
            maxLength={MAX_REASON}
          />
        </Question>
      ))}
      <Question
        title={words.resetQuestion(namespace)}
        detail={words.resetDetail}
        submit={words.reset}
        isOpen={asked === 'none'}
        onClose={close}
        onAnswer={async () => {
          await submissions.removeStanding(csrf, namespace);
          loaded.retry();
        }}
      />
    </>
  );
}

function Now({ standing: { standing, reason, by, at } }: { standing: PublisherStanding }) {
  const { messages } = useLocale();
  const words = messages.review;
  return (
    <>
      <p>{words.standingNow[standing ?? 'none']}</p>
      {reason && <p className={styles.quiet}>{reason}</p>}
      {standing && (
        <p className={styles.line}>
          {by && (
            <span>
              {words.saidBy} <code>{by}</code>
            </span>
          )}
          {at && <Moment at={at} />}
        </p>
      )}
    </>
  );
}

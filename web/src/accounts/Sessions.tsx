import { useCallback } from 'react';
import type { Session } from '../api/accounts';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { ActionProblem } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';
import styles from './AccountPage.module.css';

/** Where the person is signed in, each with its end. */
export function Sessions({ csrf }: { csrf: string }) {
  const { messages } = useLocale();
  const { accounts } = useSession();
  // Another token is another session: the list is another then.
  const load = useCallback(
    () => (csrf ? accounts.sessions() : Promise.resolve([])),
    [accounts, csrf],
  );
  const list = useResource(load);
  const action = useAction();
  const words = messages.accounts;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const sessions = list.status === 'ready' ? list.value : list.previous;
  if (!sessions) return <p role="status">{messages.state.loading}</p>;
  const end = (work: () => Promise<void>) => {
    void action.run(work).then(list.retry);
  };
  return (
    <>
      <ul className={styles.list}>
        {sessions.map((session) => (
          <Row
            key={session.id}
            session={session}
            onEnd={() => {
              end(() => accounts.endSession(csrf, session.id));
            }}
          />
        ))}
      </ul>
      {sessions.length > 1 && (
        <button
          type="button"
          className="button"
          onClick={() => {
            end(() => accounts.endOtherSessions(csrf));
          }}
        >
          {words.endOthers}
        </button>
      )}
      <ActionProblem action={action} />
    </>
  );
}

function Row({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const { messages, format } = useLocale();
  const words = messages.accounts;
  const when = format.dateTime(session.last_used_at);
  return (
    <li>
      <span>
        {session.device}
        <br />
        <span className={styles.quiet}>
          {session.is_current ? words.thisBrowser : `${words.lastUsed}: ${when}`}
        </span>
      </span>
      {!session.is_current && (
        <button
          type="button"
          className="button"
          aria-label={words.endSessionOf(session.device, when)}
          onClick={onEnd}
        >
          {words.endSession}
        </button>
      )}
    </li>
  );
}

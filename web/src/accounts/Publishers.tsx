import { useCallback } from 'react';
import { Link } from 'react-router';
import { Failure } from '../components/Failure';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { ActionProblem } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';
import styles from './AccountPage.module.css';

/** What the person is a member of, the invitations that wait, and the way to a publisher of one's own. */
export function Publishers({ csrf }: { csrf: string }) {
  const { messages } = useLocale();
  return (
    <>
      <Mine csrf={csrf} />
      <Link to="/account/publishers/new" className="button">
        {messages.publisherPages.new}
      </Link>
    </>
  );
}

function Mine({ csrf }: { csrf: string }) {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const load = useCallback(() => accounts.publishers(), [accounts]);
  const list = useResource(load);
  const action = useAction();
  const words = messages.publishers;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const mine = list.status === 'ready' ? list.value : list.previous;
  if (!mine) return <p role="status">{messages.state.loading}</p>;
  return (
    <>
      {mine.publishers.length + mine.invitations.length === 0 && <p>{words.none}</p>}
      <ul className={styles.list}>
        {mine.publishers.map((publisher) => (
          <li key={publisher.member}>
            <span>
              <Link to={`/account/publishers/${publisher.namespace}`}>{publisher.namespace}</Link>
              <br />
              <span className={styles.quiet}>{words.role[publisher.role]}</span>
            </span>
            <span>
              <Link to={`/account/submissions?publisher=${publisher.namespace}`}>
                {messages.submissions.title}
              </Link>
              {', '}
              <Link to={`/account/publishing?publisher=${publisher.namespace}`}>
                {messages.publishing.title}
              </Link>
              {', '}
              <Link to={`/account/appeals?publisher=${publisher.namespace}`}>
                {messages.appeals.title}
              </Link>
            </span>
          </li>
        ))}
        {mine.invitations.map((invitation) => (
          <li key={invitation.id}>
            <span>
              {invitation.display_name} (<code>{invitation.namespace}</code>)
              <br />
              <span className={styles.quiet}>
                {words.invitedAs(words.role[invitation.role], words.people(invitation.invited_by))}
                <br />
                {words.until} <Moment at={invitation.expires_at} />
              </span>
            </span>
            <button
              type="button"
              className="button"
              aria-label={words.acceptOf(invitation.namespace)}
              onClick={() => {
                void action
                  .run(() => accounts.acceptMyInvitation(csrf, invitation.id))
                  .then(list.retry);
              }}
            >
              {words.accept}
            </button>
          </li>
        ))}
      </ul>
      <ActionProblem action={action} />
    </>
  );
}

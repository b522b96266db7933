import { useNavigate } from 'react-router';
import { useLocale } from '../i18n/locale';
import { signedOut, useSession } from './session';
import { useAction } from './useAction';
import styles from './AccountPage.module.css';

/** Ends the session. */
export function SignOut({ csrf }: { csrf: string }) {
  const { messages } = useLocale();
  const { accounts, put, state } = useSession();
  const navigate = useNavigate();
  const leaving = useAction();
  return (
    <button
      type="button"
      className={`button ${styles.out}`}
      aria-disabled={leaving.isBusy}
      onClick={() => {
        void leaving.run(async () => {
          await accounts.signOut(csrf);
          await navigate('/');
          put(signedOut(state));
        });
      }}
    >
      {messages.accounts.signOut}
    </button>
  );
}

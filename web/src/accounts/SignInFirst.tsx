import { Link, useLocation } from 'react-router';
import { useLocale } from '../i18n/locale';
import { useSession } from './session';

/** For a page that a letter's link led to: the way to sign in, and from there back to it with its code. */
export function SignInFirst({ code }: { code: string }) {
  const { messages } = useLocale();
  const { state } = useSession();
  const { pathname } = useLocation();
  const next = code ? `${pathname}#${code}` : pathname;
  return (
    <>
      <p>{messages.publishers.signInFirst}</p>
      <p>
        <Link to="/sign-in" state={{ next }} className="button">
          {messages.accounts.signIn}
        </Link>
      </p>
      {state?.passwords !== false && (
        <p>
          <Link to="/sign-up">{messages.accounts.noAccount}</Link>
        </p>
      )}
    </>
  );
}

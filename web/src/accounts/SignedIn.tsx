import { useState, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import type { Account } from '../api/accounts';
import { Failure } from '../components/Failure';
import { PageHeading } from '../components/PageHeading';
import { useLocale } from '../i18n/locale';
import { FirstFactor } from './FirstFactor';
import { RecoveryCodes } from './RecoveryCodes';
import { useSession } from './session';
import styles from './AccountPage.module.css';

interface SignedInProps {
  /** What the page is called for whoever may not see it. */
  title: string;
  /** What whoever is not signed in is told, where the page knows better. */
  detail?: string;
  /** Whether it is for operators alone. */
  operatorsOnly?: boolean;
  /** Given who it is, and what a request that changes something brings. */
  children: (account: Account, csrf: string) => ReactNode;
}

/**
 * What only somebody who is signed in sees; for others, the way there and back. Where everybody has a second factor, whoever has none adds
 * one first.
 */
export function SignedIn({ title, detail, operatorsOnly = false, children }: SignedInProps) {
  const { messages } = useLocale();
  const { state, problem, reload } = useSession();
  const { pathname, search } = useLocation();
  // Shown until they are kept, though nothing is in the way any more.
  const [codes, setCodes] = useState<string[]>([]);
  const words = messages.accounts;
  if (state?.account && state.csrf_token) {
    if (codes.length > 0) {
      return (
        <div className={styles.page}>
          <PageHeading title={title}>{words.firstFactorAdded}</PageHeading>
          <RecoveryCodes
            codes={codes}
            onKept={() => {
              setCodes([]);
            }}
          />
        </div>
      );
    }
    if (state.needs_second_factor)
      return <FirstFactor account={state.account} csrf={state.csrf_token} onAdded={setCodes} />;
    if (!operatorsOnly || state.account.is_operator)
      return children(state.account, state.csrf_token);
    return (
      <div className={styles.page}>
        <PageHeading title={title}>{words.operatorsOnly}</PageHeading>
        <p>{words.operatorsOnlyDetail}</p>
      </div>
    );
  }
  return (
    <div className={styles.page}>
      <PageHeading title={title}>{state ? words.notSignedIn : title}</PageHeading>
      {state && (
        <>
          <p>{detail ?? words.notSignedInDetail}</p>
          <p>
            <Link to="/sign-in" state={{ next: pathname + search }} className="button">
              {words.signIn}
            </Link>
          </p>
        </>
      )}
      {!state && problem && <Failure problem={problem} onRetry={() => void reload()} />}
      {!state && !problem && <p role="status">{messages.state.loading}</p>}
    </div>
  );
}

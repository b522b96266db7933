import { useState, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
import type { Account } from '../api/accounts';
import { PageHeading } from '../components/PageHeading';
import { useLocale } from '../i18n/locale';
import { Done, Field, Form } from './Form';
import { Identities, Refused } from './OpenId';
import { Passkeys } from './Passkeys';
import { Publishers } from './Publishers';
import { SecondFactor } from './SecondFactor';
import { nobody, useSession } from './session';
import { Sessions } from './Sessions';
import { SignedIn } from './SignedIn';
import { useAction } from './useAction';
import styles from './AccountPage.module.css';

/** What belongs to whoever is signed in. */
export function AccountPage() {
  const { messages } = useLocale();
  const { state } = useSession();
  return (
    <SignedIn title={messages.accounts.account}>
      {(account, csrf) => (
        <Signed account={account} csrf={csrf} provider={state?.openid ?? undefined} />
      )}
    </SignedIn>
  );
}

interface SignedProps {
  account: Account;
  csrf: string;
  provider: string | undefined;
}

function Signed({ account, csrf, provider }: SignedProps) {
  const { messages } = useLocale();
  const { accounts, put, state } = useSession();
  const navigate = useNavigate();
  const leaving = useAction();
  const words = messages.accounts;
  return (
    <div className={styles.page}>
      <PageHeading title={words.account}>{account.name}</PageHeading>
      <Refused />
      <p>{words.signedInAs(account.email)}</p>
      {account.is_operator && <p>{words.isOperator}</p>}
      <button
        type="button"
        className={`button ${styles.out}`}
        aria-disabled={leaving.isBusy}
        onClick={() => {
          void leaving.run(async () => {
            await accounts.signOut(csrf);
            await navigate('/');
            put({ ...nobody, openid: provider ?? null, passkeys: state?.passkeys ?? false });
          });
        }}
      >
        {words.signOut}
      </button>
      <Section title={messages.publishers.title}>
        <Publishers csrf={csrf} />
        <p>
          <Link to="/account/appeals">{messages.appeals.forNamespace}</Link>
        </p>
      </Section>
      <Section title={words.sessions}>
        <Sessions csrf={csrf} />
      </Section>
      {provider && (
        <Section title={words.identities}>
          <Identities account={account} csrf={csrf} provider={provider} />
        </Section>
      )}
      {account.has_password ? (
        <>
          <Section title={words.changePassword}>
            <Password csrf={csrf} />
          </Section>
          <Section title={words.secondFactor}>
            <SecondFactor account={account} csrf={csrf} />
          </Section>
          {(state?.passkeys === true || account.has_passkeys) && (
            <Section title={words.passkeys}>
              <Passkeys account={account} csrf={csrf} />
            </Section>
          )}
          <Section title={words.erase}>
            <Erase csrf={csrf} />
          </Section>
        </>
      ) : (
        <Section title={words.noPassword}>
          <p>{words.noPasswordDetail}</p>
          <Link to="/reset" className="button">
            {words.setPassword}
          </Link>
        </Section>
      )}
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.section} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Password({ csrf }: { csrf: string }) {
  const { messages } = useLocale();
  const { accounts, put } = useSession();
  const action = useAction();
  const [isDone, setDone] = useState(false);
  const words = messages.accounts;
  return (
    <>
      <p>{words.changePasswordDetail}</p>
      {isDone && <Done>{words.passwordChanged}</Done>}
      <Form
        action={action}
        submit={words.changePassword}
        label={words.changePassword}
        onSubmit={async (value) => {
          setDone(false);
          put(
            await accounts.changePassword(csrf, { current: value('current'), new: value('new') }),
          );
          setDone(true);
        }}
      >
        <Field
          name="current"
          type="password"
          label={words.currentPassword}
          autoComplete="current-password"
        />
        <Field
          name="new"
          type="password"
          label={words.newPassword}
          autoComplete="new-password"
          minLength={12}
          hint={words.passwordHint}
        />
      </Form>
    </>
  );
}

function Erase({ csrf }: { csrf: string }) {
  const { messages } = useLocale();
  const { accounts, put, state } = useSession();
  const action = useAction();
  const navigate = useNavigate();
  const words = messages.accounts;
  return (
    <>
      <p>{words.eraseDetail}</p>
      <Form
        action={action}
        submit={words.eraseConfirm}
        label={words.erase}
        onSubmit={async (value) => {
          await accounts.erase(csrf, value('password'));
          await navigate('/sign-in', { state: 'erased' });
          put({ ...nobody, openid: state?.openid ?? null, passkeys: state?.passkeys ?? false });
        }}
      >
        <Field
          name="password"
          type="password"
          label={words.password}
          autoComplete="current-password"
        />
      </Form>
    </>
  );
}

import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import type { Account } from '../api/accounts';
import { PageHeading } from '../components/PageHeading';
import { useLocale } from '../i18n/locale';
import { Done, Field, Form } from './Form';
import { Identities, Refused } from './OpenId';
import { Passkeys } from './Passkeys';
import { Address, Name } from './Person';
import { Prove } from './Prove';
import { Publishers } from './Publishers';
import { SecondFactor } from './SecondFactor';
import { Section } from './Section';
import { signedOut, useSession } from './session';
import { Sessions } from './Sessions';
import { SignedIn } from './SignedIn';
import { SignOut } from './SignOut';
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
  const { state } = useSession();
  const words = messages.accounts;
  const isProven = state?.is_proven ?? false;
  /** Whether what matters may be changed here: with the password, or just after the provider has said who it is. */
  const canChange = account.has_password || isProven;
  return (
    <div className={styles.page}>
      <PageHeading title={words.account}>{account.name}</PageHeading>
      <Refused />
      <p>{words.signedInAs(account.email)}</p>
      {account.is_operator && <p>{words.isOperator}</p>}
      <SignOut csrf={csrf} />
      <Section title={messages.publishers.title}>
        <Publishers csrf={csrf} />
        <p>
          <Link to="/account/appeals">{messages.appeals.forNamespace}</Link>
        </p>
      </Section>
      <Section title={messages.market.tenants.title}>
        <p>{messages.market.tenants.introduction}</p>
        <Link to="/account/tenants" className="button">
          {messages.market.tenants.list}
        </Link>
      </Section>
      <Section title={words.changeName}>
        <Name account={account} csrf={csrf} />
      </Section>
      <Section title={words.sessions}>
        <Sessions csrf={csrf} />
      </Section>
      {provider && (
        <Section title={words.identities}>
          <Identities account={account} csrf={csrf} provider={provider} canConnect={canChange} />
        </Section>
      )}
      {provider && !account.has_password && (
        <Section title={words.prove}>
          {isProven ? <p>{words.proven}</p> : <Prove csrf={csrf} provider={provider} />}
        </Section>
      )}
      {canChange && (
        <>
          <Section title={words.changeAddress}>
            <Address account={account} csrf={csrf} />
          </Section>
          {account.has_password && (
            <Section title={words.changePassword}>
              <Password csrf={csrf} />
            </Section>
          )}
          <Section title={words.secondFactor}>
            <SecondFactor account={account} csrf={csrf} />
          </Section>
          {(state?.passkeys === true || account.has_passkeys) && (
            <Section title={words.passkeys}>
              <Passkeys account={account} csrf={csrf} />
            </Section>
          )}
          <Section title={words.erase}>
            <Erase account={account} csrf={csrf} />
          </Section>
        </>
      )}
      {!account.has_password && state?.passwords && (
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

function Erase({ account, csrf }: { account: Account; csrf: string }) {
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
          await accounts.erase(csrf, account.has_password ? { password: value('password') } : {});
          await navigate('/sign-in', { state: 'erased' });
          put(signedOut(state));
        }}
      >
        {account.has_password && (
          <Field
            name="password"
            type="password"
            label={words.password}
            autoComplete="current-password"
          />
        )}
      </Form>
    </>
  );
}

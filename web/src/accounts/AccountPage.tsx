import { Link } from 'react-router';
import type { Account } from '../api/accounts';
import { PageHeading } from '../components/PageHeading';
import { useLocale } from '../i18n/locale';
import { Identities, Refused } from './OpenId';
import { Passkeys } from './Passkeys';
import { Address, Erase, Name, Password } from './Person';
import { Prove } from './Prove';
import { Publishers } from './Publishers';
import { RenewRecoveryCodes } from './RecoveryCodes';
import { SecondFactor } from './SecondFactor';
import { Section } from './Section';
import { useSession } from './session';
import { Sessions } from './Sessions';
import { SignedIn } from './SignedIn';
import { SignOut } from './SignOut';
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
              <Password account={account} csrf={csrf} />
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
          {account.has_second_factor && (
            <Section title={words.recoveryCodes}>
              <RenewRecoveryCodes account={account} csrf={csrf} />
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

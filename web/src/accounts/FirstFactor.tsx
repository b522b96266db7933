import type { Account } from '../api/accounts';
import { PageHeading } from '../components/PageHeading';
import { useLocale } from '../i18n/locale';
import { canUsePasskeys } from '../lib/passkey';
import { AddPasskey } from './Passkeys';
import { TurnOn } from './SecondFactor';
import { Section } from './Section';
import { useSession } from './session';
import { SignOut } from './SignOut';
import styles from './AccountPage.module.css';

interface FirstFactorProps {
  account: Account;
  csrf: string;
  /** Given the recovery codes, which are shown this once. */
  onAdded: (codes: string[]) => void;
}

/** What comes before everything else where everybody has a second factor: adding one, or signing out. */
export function FirstFactor({ account, csrf, onAdded }: FirstFactorProps) {
  const { messages } = useLocale();
  const { state } = useSession();
  const words = messages.accounts;
  return (
    <div className={styles.page}>
      <PageHeading title={words.firstFactor}>{words.firstFactor}</PageHeading>
      <p>{words.firstFactorDetail}</p>
      <SignOut csrf={csrf} />
      <Section title={words.secondFactor}>
        <TurnOn account={account} csrf={csrf} onOn={onAdded} />
      </Section>
      {state?.passkeys && canUsePasskeys() && (
        <Section title={words.passkeys}>
          <p>{words.passkeysOff}</p>
          <AddPasskey account={account} csrf={csrf} onAdded={onAdded} />
        </Section>
      )}
    </div>
  );
}

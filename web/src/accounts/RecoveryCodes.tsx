import { useState } from 'react';
import type { Account } from '../api/accounts';
import { useLocale } from '../i18n/locale';
import { FactorForm } from './FactorForm';
import { useSession } from './session';
import styles from './AccountPage.module.css';

/** Recovery codes, shown until they are kept. */
export function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const { messages } = useLocale();
  const words = messages.accounts;
  return (
    <>
      <h3>{words.recoveryCodes}</h3>
      <p role="status">{words.recoveryCodesDetail}</p>
      <ul className={styles.codes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <button type="button" className="button" onClick={onKept}>
        {words.recoveryCodesKept}
      </button>
    </>
  );
}

/** How many are left, and the way to new ones, which are shown once. */
export function RenewRecoveryCodes({ account, csrf }: { account: Account; csrf: string }) {
  const { messages } = useLocale();
  const { accounts, reload } = useSession();
  const [codes, setCodes] = useState<string[]>([]);
  const words = messages.accounts;
  if (codes.length > 0) {
    return (
      <RecoveryCodes
        codes={codes}
        onKept={() => {
          setCodes([]);
        }}
      />
    );
  }
  return (
    <>
      <p>{words.recoveryCodesLeft(account.recovery_codes_left)}</p>
      <FactorForm
        account={account}
        csrf={csrf}
        submit={words.recoveryCodesRenew}
        label={words.recoveryCodesRenew}
        onProof={async (proof) => {
          setCodes(await accounts.renewRecoveryCodes(csrf, proof));
          await reload();
        }}
      />
    </>
  );
}

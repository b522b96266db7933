import { useCallback, useState } from 'react';
import type { Account, Passkey } from '../api/accounts';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { canUsePasskeys, createPasskey } from '../lib/passkey';
import { useResource } from '../lib/useResource';
import { FactorForm } from './FactorForm';
import { Field } from './Form';
import { RecoveryCodes } from './RecoveryCodes';
import { useSession } from './session';
import { usePasskey } from './usePasskey';
import styles from './AccountPage.module.css';

/** The passkeys of whoever is signed in, each with its end, and how to add one; the recovery codes, once. */
export function Passkeys({ account, csrf }: { account: Account; csrf: string }) {
  const { messages } = useLocale();
  const { accounts, state } = useSession();
  const [codes, setCodes] = useState<string[]>([]);
  // Whatever changes them changes the session's token or the account.
  const load = useCallback(
    () => (csrf ? accounts.passkeys() : Promise.resolve([])),
    [accounts, csrf],
  );
  const list = useResource(load);
  const words = messages.accounts;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const passkeys = list.status === 'ready' ? list.value : list.previous;
  if (!passkeys) return <p role="status">{messages.state.loading}</p>;
  return (
    <>
      {codes.length > 0 && (
        <RecoveryCodes
          codes={codes}
          onKept={() => {
            setCodes([]);
          }}
        />
      )}
      <p>
        {passkeys.length > 0 ? words.passkeysOn(account.recovery_codes_left) : words.passkeysOff}
      </p>
      {passkeys.length > 0 && (
        <ul className={styles.list}>
          {passkeys.map((passkey) => (
            <Row
              key={passkey.id}
              passkey={passkey}
              account={account}
              csrf={csrf}
              onRemoved={list.retry}
            />
          ))}
        </ul>
      )}
      {state?.passkeys && canUsePasskeys() && (
        <AddPasskey account={account} csrf={csrf} onAdded={setCodes} />
      )}
      {state?.passkeys && !canUsePasskeys() && <p>{words.passkeyTrouble.unsupported}</p>}
    </>
  );
}

interface RowProps {
  passkey: Passkey;
  account: Account;
  csrf: string;
  onRemoved: () => void;
}

function Row({ passkey, account, csrf, onRemoved }: RowProps) {
  const { messages, format } = useLocale();
  const { accounts, reload } = useSession();
  const [isGoing, setGoing] = useState(false);
  const words = messages.accounts;
  const used = passkey.last_used_at;
  return (
    <li>
      <span>
        {passkey.name}
        <br />
        <span className={styles.quiet}>
          {words.passkeyAdded}: {format.dateTime(passkey.created_at)}
          {used && `, ${words.lastUsed}: ${format.dateTime(used)}`}
        </span>
      </span>
      {isGoing ? (
        <FactorForm
          account={account}
          csrf={csrf}
          submit={words.passkeyRemove}
          label={words.passkeyRemoveOf(passkey.name)}
          onProof={async (proof) => {
            await accounts.removePasskey(csrf, passkey.id, proof);
            onRemoved();
            await reload();
          }}
        />
      ) : (
        <button
          type="button"
          className="button"
          aria-label={words.passkeyRemoveOf(passkey.name)}
          onClick={() => {
            setGoing(true);
          }}
        >
          {words.passkeyRemove}
        </button>
      )}
    </li>
  );
}

interface AddProps {
  account: Account;
  csrf: string;
  onAdded: (codes: string[]) => void;
}

/** One more passkey; the recovery codes go to whoever shows them. */
export function AddPasskey({ account, csrf, onAdded }: AddProps) {
  const { messages } = useLocale();
  const { accounts, reload } = useSession();
  const ask = usePasskey();
  const words = messages.accounts;
  return (
    <FactorForm
      account={account}
      csrf={csrf}
      submit={words.passkeyAdd}
      label={words.passkeyAdd}
      onProof={async (proof, value) => {
        const { round, options } = await accounts.beginPasskey(csrf, proof);
        const credential = await ask(() => createPasskey(options));
        const added = await accounts.addPasskey(csrf, { round, name: value('name'), credential });
        onAdded(added.recovery_codes);
        await reload();
      }}
    >
      <Field
        name="name"
        label={words.passkeyName}
        autoComplete="off"
        hint={words.passkeyNameHint}
      />
    </FactorForm>
  );
}

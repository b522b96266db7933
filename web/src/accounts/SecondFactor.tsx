import { useState } from 'react';
import type { Account, SecondFactorSeed } from '../api/accounts';
import { useLocale } from '../i18n/locale';
import { FactorForm } from './FactorForm';
import { Field, Form } from './Form';
import { QrCode } from './QrCode';
import { RecoveryCodes } from './RecoveryCodes';
import { useSession } from './session';
import { useAction } from './useAction';

/** One-time passwords: off, begun, on; and the recovery codes, once. */
export function SecondFactor({ account, csrf }: { account: Account; csrf: string }) {
  const { messages } = useLocale();
  const { accounts, reload } = useSession();
  const [codes, setCodes] = useState<string[]>();
  const words = messages.accounts;
  if (codes?.length) {
    return (
      <RecoveryCodes
        codes={codes}
        onKept={() => {
          setCodes(undefined);
        }}
      />
    );
  }
  if (account.has_one_time_passwords) {
    return (
      <>
        <p>{words.secondFactorOn(account.recovery_codes_left)}</p>
        <FactorForm
          account={account}
          csrf={csrf}
          submit={words.secondFactorRemove}
          label={words.secondFactor}
          onProof={async (proof) => {
            await accounts.removeSecondFactor(csrf, proof);
            await reload();
          }}
        />
      </>
    );
  }
  return <TurnOn account={account} csrf={csrf} onOn={setCodes} />;
}

interface TurnOnProps {
  account: Account;
  csrf: string;
  /** Given the recovery codes, which are shown this once. */
  onOn: (codes: string[]) => void;
}

/** The way to turn them on: a key for the device, and then one of them, which shows that the device has it. */
export function TurnOn({ account, csrf, onOn }: TurnOnProps) {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const [seed, setSeed] = useState<SecondFactorSeed>();
  const words = messages.accounts;
  if (seed) {
    return (
      <Confirm
        csrf={csrf}
        seed={seed}
        onOn={(given) => {
          setSeed(undefined);
          onOn(given);
        }}
      />
    );
  }
  return (
    <>
      <p>{words.secondFactorOff}</p>
      <FactorForm
        account={account}
        csrf={csrf}
        submit={words.secondFactorBegin}
        label={words.secondFactor}
        onProof={async (proof) => {
          setSeed(await accounts.beginSecondFactor(csrf, proof));
        }}
      />
    </>
  );
}

interface ConfirmProps {
  csrf: string;
  seed: SecondFactorSeed;
  onOn: (codes: string[]) => void;
}

function Confirm({ csrf, seed, onOn }: ConfirmProps) {
  const { messages } = useLocale();
  const { accounts, reload } = useSession();
  const action = useAction();
  const words = messages.accounts;
  return (
    <>
      <p>{words.secondFactorScan}</p>
      <QrCode text={seed.otpauth_url} label={words.secondFactorPicture} />
      <p>
        {words.secondFactorKey}: <code>{seed.seed}</code>
      </p>
      <Form
        action={action}
        submit={words.secondFactorConfirm}
        label={words.secondFactor}
        onSubmit={async (value) => {
          const on = await accounts.confirmSecondFactor(csrf, value('second_factor'));
          onOn(on.recovery_codes);
          await reload();
        }}
      >
        <Field
          name="second_factor"
          label={words.oneTimePassword}
          autoComplete="one-time-code"
          inputMode="numeric"
        />
      </Form>
    </>
  );
}

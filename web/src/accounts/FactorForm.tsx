import type { ReactNode } from 'react';
import type { Account, FactorProof, PasswordProof } from '../api/accounts';
import { useLocale } from '../i18n/locale';
import { canUsePasskeys, signWithPasskey } from '../lib/passkey';
import { Alternative, Field, Form, type Values } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';
import { usePasskey } from './usePasskey';

interface FactorFormProps {
  account: Account;
  csrf: string;
  submit: string;
  label: string;
  /** What changes, given what the person has shown. */
  onProof: (proof: FactorProof, value: Values) => Promise<void>;
  /** What is filled in besides, before the password. */
  children?: ReactNode;
  /** What is filled in besides, after the password. */
  behind?: ReactNode;
  /** What the password is called, where another one is filled in too. */
  passwordLabel?: string;
}

/** Does what matters: with the password, if there is one, and a code or a passkey, if there is a second factor. */
export function FactorForm({
  account,
  csrf,
  submit,
  label,
  onProof,
  children,
  behind,
  passwordLabel,
}: FactorFormProps) {
  const { messages } = useLocale();
  const { accounts, state } = useSession();
  const action = useAction();
  const ask = usePasskey();
  const words = messages.accounts;
  const hasFactor = account.has_one_time_passwords || account.has_passkeys;
  const isOffered = account.has_passkeys && (state?.passkeys ?? false) && canUsePasskeys();
  return (
    <Form
      action={action}
      submit={submit}
      label={label}
      alternative={isOffered && <Alternative name="passkey">{words.passkeyInstead}</Alternative>}
      onSubmit={async (value) => {
        const proof: PasswordProof = account.has_password ? { password: value('password') } : {};
        if (!hasFactor) {
          await onProof(proof, value);
        } else if (value('by') === 'passkey') {
          const { round, options } = await accounts.beginPasskeyChange(csrf, proof);
          const credential = await ask(() => signWithPasskey(options));
          await onProof({ ...proof, passkey: { round, credential } }, value);
        } else {
          await onProof({ ...proof, second_factor: value('second_factor') }, value);
        }
      }}
    >
      {children}
      {account.has_password && (
        <Field
          name="password"
          type="password"
          label={passwordLabel ?? words.password}
          autoComplete="current-password"
        />
      )}
      {behind}
      {hasFactor && (
        <Field
          name="second_factor"
          label={words.oneTimePassword}
          autoComplete="one-time-code"
          hint={words.oneTimePasswordHint}
          required={!isOffered}
        />
      )}
    </Form>
  );
}

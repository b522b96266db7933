import type { FactorProof } from '../api/accounts';
import { useLocale } from '../i18n/locale';
import { canUsePasskeys, signWithPasskey } from '../lib/passkey';
import { Alternative, Field, Form } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';
import { usePasskey } from './usePasskey';

interface RemoveFactorProps {
  csrf: string;
  submit: string;
  label: string;
  /** Whether a passkey of the account may stand in for the code. */
  hasPasskey: boolean;
  remove: (proof: FactorProof) => Promise<void>;
}

/** Takes a second factor away: with the password, and a code or a passkey. */
export function RemoveFactor({ csrf, submit, label, hasPasskey, remove }: RemoveFactorProps) {
  const { messages } = useLocale();
  const { accounts, reload } = useSession();
  const action = useAction();
  const ask = usePasskey();
  const words = messages.accounts;
  const isOffered = hasPasskey && canUsePasskeys();
  return (
    <Form
      action={action}
      submit={submit}
      label={label}
      alternative={isOffered && <Alternative name="passkey">{words.passkeyInstead}</Alternative>}
      onSubmit={async (value) => {
        const password = value('password');
        if (value('by') === 'passkey') {
          const { round, options } = await accounts.beginPasskeyRemoval(csrf, password);
          const credential = await ask(() => signWithPasskey(options));
          await remove({ password, passkey: { round, credential } });
        } else {
          await remove({ password, second_factor: value('second_factor') });
        }
        await reload();
      }}
    >
      <Field
        name="password"
        type="password"
        label={words.password}
        autoComplete="current-password"
      />
      <Field
        name="second_factor"
        label={words.oneTimePassword}
        autoComplete="one-time-code"
        hint={words.oneTimePasswordHint}
        required={!isOffered}
      />
    </Form>
  );
}

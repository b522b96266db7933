import { useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { Problem } from '../api/problem';
import { useLocale } from '../i18n/locale';
import { canUsePasskeys, signWithPasskey } from '../lib/passkey';
import { Alternative, Done, Field, Form, FormPage } from './Form';
import { Refused, SignInAt } from './OpenId';
import { useSession } from './session';
import { useAction } from './useAction';
import { useLetterCode } from './useLetterCode';
import { usePasskey } from './usePasskey';

/** Address and password; a one-time password or a passkey once the registry asks for one. */
export function SignInPage() {
  const { messages } = useLocale();
  const { accounts, put, state: session } = useSession();
  const action = useAction();
  const unlocking = useAction();
  const navigate = useNavigate();
  const location = useLocation();
  const unlock = useLetterCode();
  const ask = usePasskey();
  /** By what one may sign in besides the password, once something is needed. */
  const [methods, setMethods] = useState<string[]>();
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState<string>();
  const isOffered = (methods?.includes('passkey') ?? false) && canUsePasskeys();
  const words = messages.accounts;
  const state: unknown = location.state;
  if (session?.openid && !session.passwords) {
    return (
      <FormPage title={words.signIn} introduction={words.providerOnly(session.openid)}>
        <Refused />
        {state === 'erased' && <Done>{words.erased}</Done>}
        <SignInAt provider={session.openid} />
      </FormPage>
    );
  }
  return (
    <FormPage title={words.signIn}>
      <Refused />
      {state === 'reset' && <Done>{words.resetDone}</Done>}
      {state === 'erased' && <Done>{words.erased}</Done>}
      {unlock && <Done>{words.unlocked}</Done>}
      {sent && <Done>{words.lookIntoMailDetail(sent)}</Done>}
      <Form
        action={action}
        submit={words.signIn}
        alternative={isOffered && <Alternative name="passkey">{words.passkeyInstead}</Alternative>}
        onSubmit={async (value) => {
          setEmail(value('email'));
          const known = {
            email: value('email'),
            password: value('password'),
            ...(unlock ? { unlock } : {}),
          };
          try {
            if (value('by') === 'passkey') {
              const { round, options } = await accounts.beginPasskeySignIn(known);
              const credential = await ask(() => signWithPasskey(options));
              put(await accounts.signIn({ ...known, passkey: { round, credential } }));
            } else {
              const second_factor = value('second_factor');
              put(await accounts.signIn({ ...known, ...(methods ? { second_factor } : {}) }));
            }
          } catch (problem) {
            if (problem instanceof Problem && problem.kind === 'second-factor-needed') {
              setMethods(problem.methods ?? ['totp']);
            }
            throw problem;
          }
          await navigate(next(state));
        }}
      >
        <Field name="email" type="email" label={words.email} autoComplete="username" />
        <Field
          name="password"
          type="password"
          label={words.password}
          autoComplete="current-password"
        />
        {methods && (
          <Field
            name="second_factor"
            label={words.oneTimePassword}
            autoComplete="one-time-code"
            hint={words.oneTimePasswordHint}
            required={!isOffered}
          />
        )}
      </Form>
      {session?.openid && <SignInAt provider={session.openid} />}
      {action.problem?.kind === 'too-many-attempts' && email && (
        <button
          type="button"
          className="button"
          aria-disabled={unlocking.isBusy}
          onClick={() => {
            void unlocking.run(async () => {
              await accounts.askUnlock(email);
              setSent(email);
            });
          }}
        >
          {words.unlock}
        </button>
      )}
      <p>
        <Link to="/reset">{words.forgotten}</Link>
      </p>
      <p>
        <Link to="/sign-up">{words.noAccount}</Link>
      </p>
    </FormPage>
  );
}

/** Where somebody wanted to go who had to sign in first. Only pages of this site say so: it comes by no address. */
function next(state: unknown): string {
  const asked = typeof state === 'object' && state !== null && 'next' in state ? state.next : '';
  return typeof asked === 'string' && asked.startsWith('/') ? asked : '/account';
}

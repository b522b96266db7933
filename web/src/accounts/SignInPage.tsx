import { useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { Problem } from '../api/problem';
import { useLocale } from '../i18n/locale';
import { Done, Field, Form, FormPage } from './Form';
import { Refused, SignInAt } from './OpenId';
import { useSession } from './session';
import { useAction } from './useAction';
import { useLetterCode } from './useLetterCode';

/** Address and password; a one-time password once the registry asks for one. */
export function SignInPage() {
  const { messages } = useLocale();
  const { accounts, put, state: session } = useSession();
  const action = useAction();
  const unlocking = useAction();
  const navigate = useNavigate();
  const location = useLocation();
  const unlock = useLetterCode();
  const [needsSecondFactor, setNeedsSecondFactor] = useState(false);
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState<string>();
  const words = messages.accounts;
  const state: unknown = location.state;
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
        onSubmit={async (value) => {
          setEmail(value('email'));
          try {
            put(
              await accounts.signIn({
                email: value('email'),
                password: value('password'),
                ...(needsSecondFactor ? { second_factor: value('second_factor') } : {}),
                ...(unlock ? { unlock } : {}),
              }),
            );
          } catch (problem) {
            if (problem instanceof Problem && problem.kind === 'second-factor-needed') {
              setNeedsSecondFactor(true);
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
        {needsSecondFactor && (
          <Field
            name="second_factor"
            label={words.oneTimePassword}
            autoComplete="one-time-code"
            hint={words.oneTimePasswordHint}
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

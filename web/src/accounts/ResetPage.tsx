import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useLocale } from '../i18n/locale';
import { AtProvider } from './AtProvider';
import { Done, Field, Form, FormPage } from './Form';
import { signedOut, useSession } from './session';
import { useAction } from './useAction';
import { useLetterCode } from './useLetterCode';

/** Asks for the letter; where its link leads, sets another password. */
export function ResetPage() {
  const { messages } = useLocale();
  const { state } = useSession();
  const code = useLetterCode();
  if (state?.passwords === false) return <AtProvider title={messages.accounts.reset} />;
  return code ? <SetPassword code={code} /> : <AskForLetter />;
}

function AskForLetter() {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const action = useAction();
  const [sent, setSent] = useState<string>();
  const words = messages.accounts;
  return (
    <FormPage title={words.reset} introduction={words.resetIntroduction}>
      {sent && <Done>{words.lookIntoMailDetail(sent)}</Done>}
      <Form
        action={action}
        submit={words.sendLetter}
        onSubmit={async (value) => {
          await accounts.askReset(value('email'));
          setSent(value('email'));
        }}
      >
        <Field name="email" type="email" label={words.email} autoComplete="username" />
      </Form>
      <p>
        <Link to="/sign-in">{words.signIn}</Link>
      </p>
    </FormPage>
  );
}

function SetPassword({ code }: { code: string }) {
  const { messages } = useLocale();
  const { accounts, put, state } = useSession();
  const action = useAction();
  const navigate = useNavigate();
  const words = messages.accounts;
  return (
    <FormPage title={words.reset} introduction={words.resetConfirmIntroduction}>
      <Form
        action={action}
        submit={words.setPassword}
        onSubmit={async (value) => {
          await accounts.reset({ code, password: value('password') });
          put(signedOut(state));
          await navigate('/sign-in', { state: 'reset' });
        }}
      >
        <Field
          name="password"
          type="password"
          label={words.newPassword}
          autoComplete="new-password"
          minLength={12}
          hint={words.passwordHint}
        />
      </Form>
    </FormPage>
  );
}

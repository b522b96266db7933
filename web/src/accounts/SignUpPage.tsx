import { useState } from 'react';
import { Link } from 'react-router';
import { useLocale } from '../i18n/locale';
import { AtProvider } from './AtProvider';
import { Done, Field, Form, FormPage } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';

/** An address first: the letter says how to go on. */
export function SignUpPage() {
  const { messages } = useLocale();
  const { accounts, state } = useSession();
  const action = useAction();
  const [sent, setSent] = useState<string>();
  const words = messages.accounts;
  if (state?.passwords === false) return <AtProvider title={words.signUp} />;
  return (
    <FormPage title={words.signUp} introduction={words.signUpIntroduction}>
      {sent && <Done>{words.lookIntoMailDetail(sent)}</Done>}
      <Form
        action={action}
        submit={words.sendLetter}
        onSubmit={async (value) => {
          await accounts.signUp(value('email'));
          setSent(value('email'));
        }}
      >
        <Field name="email" type="email" label={words.email} autoComplete="email" />
      </Form>
      <p>
        <Link to="/sign-in">{words.haveAccount}</Link>
      </p>
    </FormPage>
  );
}

import { useState } from 'react';
import { Link } from 'react-router';
import { useLocale } from '../i18n/locale';
import { Done, Field, Form, FormPage } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';
import { useLetterCode } from './useLetterCode';

/** Where the link of the letter to the address of before leads: takes the account back. */
export function RestoreAddressPage() {
  const { messages } = useLocale();
  const { accounts, put, state } = useSession();
  const code = useLetterCode();
  const action = useAction();
  const [isDone, setDone] = useState(false);
  const words = messages.accounts;
  const hasPasswords = state?.passwords !== false;
  return (
    <FormPage title={words.restoreAddress} introduction={words.restoreAddressDetail}>
      {isDone ? (
        <>
          <Done>{hasPasswords ? words.addressRestored : words.addressRestoredThere}</Done>
          <p>
            {hasPasswords ? (
              <Link to="/reset">{words.reset}</Link>
            ) : (
              <Link to="/sign-in">{words.signIn}</Link>
            )}
          </p>
        </>
      ) : (
        <Form
          action={action}
          submit={words.restoreAddress}
          onSubmit={async (value) => {
            await accounts.restoreAddress(code || value('code'));
            setDone(true);
            put(await accounts.session());
          }}
        >
          {!code && (
            <Field name="code" label={words.code} hint={words.codeHint} autoComplete="off" />
          )}
        </Form>
      )}
    </FormPage>
  );
}

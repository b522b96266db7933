import { useState } from 'react';
import { Link } from 'react-router';
import { useLocale } from '../i18n/locale';
import { Done, Field, Form, FormPage } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';
import { useLetterCode } from './useLetterCode';

/** Where the link of a letter to a new address leads. */
export function ConfirmAddressPage() {
  const { messages } = useLocale();
  const { accounts, put } = useSession();
  const code = useLetterCode();
  const action = useAction();
  const [isDone, setDone] = useState(false);
  const words = messages.accounts;
  return (
    <FormPage title={words.confirmAddress} introduction={words.confirmAddressDetail}>
      {isDone ? (
        <>
          <Done>{words.addressConfirmed}</Done>
          <p>
            <Link to="/account">{words.account}</Link>
          </p>
        </>
      ) : (
        <Form
          action={action}
          submit={words.confirmAddress}
          onSubmit={async (value) => {
            await accounts.confirmAddress(code || value('code'));
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

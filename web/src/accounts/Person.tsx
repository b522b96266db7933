import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { Account } from '../api/accounts';
import { useLocale } from '../i18n/locale';
import { FactorForm } from './FactorForm';
import { Done, Field, Form } from './Form';
import { signedOut, useSession } from './session';
import { useAction } from './useAction';

/** What others read of the person, and the way to change it. */
export function Name({ account, csrf }: { account: Account; csrf: string }) {
  const { messages } = useLocale();
  const { accounts, put } = useSession();
  const action = useAction();
  const [isDone, setDone] = useState(false);
  const words = messages.accounts;
  return (
    <>
      <p>{words.changeNameDetail}</p>
      {isDone && <Done>{words.nameChanged}</Done>}
      <Form
        action={action}
        submit={words.changeName}
        label={words.changeName}
        onSubmit={async (value) => {
          setDone(false);
          await accounts.changeName(csrf, value('name'));
          put(await accounts.session());
          setDone(true);
        }}
      >
        <Field
          name="name"
          label={words.name}
          autoComplete="name"
          defaultValue={account.name}
          maxLength={80}
        />
      </Form>
    </>
  );
}

/** The way to have mail sent elsewhere. */
export function Address({ account, csrf }: { account: Account; csrf: string }) {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const [asked, setAsked] = useState<string>();
  const words = messages.accounts;
  return (
    <>
      <p>{words.changeAddressDetail}</p>
      {asked && <Done>{words.addressAsked(asked)}</Done>}
      <FactorForm
        account={account}
        csrf={csrf}
        submit={words.changeAddress}
        label={words.changeAddress}
        onProof={async (proof, value) => {
          setAsked(undefined);
          const email = value('email');
          await accounts.askAddress(csrf, { email, ...proof });
          setAsked(email);
        }}
      >
        <Field name="email" type="email" label={words.newAddress} autoComplete="email" />
      </FactorForm>
    </>
  );
}

/** The way to another password. */
export function Password({ account, csrf }: { account: Account; csrf: string }) {
  const { messages } = useLocale();
  const { accounts, put } = useSession();
  const [isDone, setDone] = useState(false);
  const words = messages.accounts;
  return (
    <>
      <p>{words.changePasswordDetail}</p>
      {isDone && <Done>{words.passwordChanged}</Done>}
      <FactorForm
        account={account}
        csrf={csrf}
        submit={words.changePassword}
        label={words.changePassword}
        passwordLabel={words.currentPassword}
        behind={
          <Field
            name="new"
            type="password"
            label={words.newPassword}
            autoComplete="new-password"
            minLength={12}
            hint={words.passwordHint}
          />
        }
        onProof={async ({ password = '', ...proof }, value) => {
          setDone(false);
          const body = { current: password, new: value('new'), ...proof };
          put(await accounts.changePassword(csrf, body));
          setDone(true);
        }}
      />
    </>
  );
}

/** The way to an end of the account. */
export function Erase({ account, csrf }: { account: Account; csrf: string }) {
  const { messages } = useLocale();
  const { accounts, put, state } = useSession();
  const navigate = useNavigate();
  const words = messages.accounts;
  return (
    <>
      <p>{words.eraseDetail}</p>
      <FactorForm
        account={account}
        csrf={csrf}
        submit={words.eraseConfirm}
        label={words.erase}
        onProof={async (proof) => {
          await accounts.erase(csrf, proof);
          await navigate('/sign-in', { state: 'erased' });
          put(signedOut(state));
        }}
      />
    </>
  );
}

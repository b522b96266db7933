import { useState } from 'react';
import type { Account, PasswordProof } from '../api/accounts';
import { useLocale } from '../i18n/locale';
import { Done, Field, Form } from './Form';
import { useSession } from './session';
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
  const action = useAction();
  const [asked, setAsked] = useState<string>();
  const words = messages.accounts;
  return (
    <>
      <p>{words.changeAddressDetail}</p>
      {asked && <Done>{words.addressAsked(asked)}</Done>}
      <Form
        action={action}
        submit={words.changeAddress}
        label={words.changeAddress}
        onSubmit={async (value) => {
          setAsked(undefined);
          const email = value('email');
          const proof: PasswordProof = account.has_password ? { password: value('password') } : {};
          await accounts.askAddress(csrf, { email, ...proof });
          setAsked(email);
        }}
      >
        <Field name="email" type="email" label={words.newAddress} autoComplete="email" />
        {account.has_password && (
          <Field
            name="password"
            type="password"
            label={words.password}
            autoComplete="current-password"
          />
        )}
      </Form>
    </>
  );
}

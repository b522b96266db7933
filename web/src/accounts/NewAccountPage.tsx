import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';
import type { SessionState } from '../api/accounts';
import { useLocale } from '../i18n/locale';
import { AtProvider } from './AtProvider';
import { Field, Form, FormPage } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';
import { useLetterCode } from './useLetterCode';

/** Where the letter's link leads: a name and a password finish the account. */
export function VerifyPage() {
  const { messages } = useLocale();
  const { accounts, state } = useSession();
  const code = useLetterCode();
  if (state?.passwords === false) return <AtProvider title={messages.accounts.verify} />;
  return (
    <NewAccount
      code={code}
      title={messages.accounts.verify}
      introduction={messages.accounts.verifyIntroduction}
      make={({ code, name, password }) => accounts.verify({ code, name, password })}
    />
  );
}

interface Filled {
  code: string;
  email: string;
  name: string;
  password: string;
}

interface NewAccountProps {
  title: string;
  introduction: string;
  asksForAddress?: boolean;
  make: (filled: Filled) => Promise<SessionState>;
  /** The code, if the link brought it; else it is asked for. */
  code: string;
  /** Said below the form. */
  children?: ReactNode;
}

/** Makes an account by a code, and signs in. */
export function NewAccount({
  title,
  introduction,
  asksForAddress = false,
  make,
  code,
  children,
}: NewAccountProps) {
  const { messages } = useLocale();
  const { put } = useSession();
  const action = useAction();
  const navigate = useNavigate();
  const words = messages.accounts;
  return (
    <FormPage title={title} introduction={introduction}>
      <Form
        action={action}
        submit={title}
        onSubmit={async (value) => {
          const filled = {
            code: code || value('code'),
            email: value('email'),
            name: value('name'),
            password: value('password'),
          };
          put(await make(filled));
          await navigate('/account');
        }}
      >
        {!code && <Field name="code" label={words.code} autoComplete="off" hint={words.codeHint} />}
        {asksForAddress && (
          <Field name="email" type="email" label={words.email} autoComplete="email" />
        )}
        <Field name="name" label={words.name} autoComplete="name" hint={words.nameHint} />
        <Field
          name="password"
          type="password"
          label={words.password}
          autoComplete="new-password"
          minLength={12}
          hint={words.passwordHint}
        />
      </Form>
      {children}
    </FormPage>
  );
}

import { Link, useNavigate } from 'react-router';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { leave } from '../lib/leave';
import { Field, Form, FormPage } from './Form';
import { NewAccount } from './NewAccountPage';
import { useSession } from './session';
import { SignedIn } from './SignedIn';
import { useAction } from './useAction';
import { useLetterCode } from './useLetterCode';

/** Where the link that the registry printed leads: whoever is signed in becomes an operator, and others with a new account. */
export function OperatorPage() {
  const { messages } = useLocale();
  const { accounts, state, problem, reload } = useSession();
  const code = useLetterCode();
  const words = messages.accounts;
  if (!state) {
    return (
      <FormPage title={words.operator}>
        {problem ? (
          <Failure problem={problem} onRetry={() => void reload()} />
        ) : (
          <p role="status">{messages.state.loading}</p>
        )}
      </FormPage>
    );
  }
  if (state.account) {
    return (
      <SignedIn title={words.operator}>
        {(account, csrf) =>
          account.is_operator ? (
            <FormPage title={words.operator}>
              <p>{words.isOperatorAlready}</p>
            </FormPage>
          ) : (
            <FormPage title={words.operator} introduction={words.operatorIntroduction}>
              <Become email={account.email} csrf={csrf} code={code} />
            </FormPage>
          )
        }
      </SignedIn>
    );
  }
  if (state.openid && !state.passwords) {
    return (
      <FormPage title={words.operator} introduction={words.operatorIntroduction}>
        <BecomeAtProvider provider={state.openid} code={code} />
      </FormPage>
    );
  }
  return (
    <NewAccount
      code={code}
      title={words.operator}
      introduction={words.operatorIntroduction}
      asksForAddress
      make={(filled) => accounts.claimOperator(filled)}
    >
      <p>
        <Link to="/sign-in" state={{ next: code ? `/operator#${code}` : '/operator' }}>
          {words.haveAccountForIt}
        </Link>
      </p>
    </NewAccount>
  );
}

/** Signs in at the provider, and makes the account an operator's there. */
function BecomeAtProvider({ provider, code }: { provider: string; code: string }) {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const action = useAction();
  const words = messages.accounts;
  return (
    <>
      <p>{words.providerOnly(provider)}</p>
      <Form
        action={action}
        submit={words.signInAt(provider)}
        onSubmit={async (value) => {
          leave(await accounts.beginOpenId(undefined, { operator: code || value('code') }));
        }}
      >
        {!code && <Field name="code" label={words.code} autoComplete="off" hint={words.codeHint} />}
      </Form>
    </>
  );
}

/** Makes the account of whoever is signed in an operator's. */
function Become({ email, csrf, code }: { email: string; csrf: string; code: string }) {
  const { messages } = useLocale();
  const { accounts, put } = useSession();
  const action = useAction();
  const navigate = useNavigate();
  const words = messages.accounts;
  return (
    <>
      <p>{words.becomeOperatorDetail(email)}</p>
      <Form
        action={action}
        submit={words.becomeOperator}
        onSubmit={async (value) => {
          put(await accounts.becomeOperator(csrf, code || value('code')));
          await navigate('/account');
        }}
      >
        {!code && <Field name="code" label={words.code} autoComplete="off" hint={words.codeHint} />}
      </Form>
    </>
  );
}

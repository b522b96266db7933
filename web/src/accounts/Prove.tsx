import { useLocale } from '../i18n/locale';
import { leave } from '../lib/leave';
import { Form } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';

/** For whoever has no password: signing in at the provider once more shows that it is the person. */
export function Prove({ csrf, provider }: { csrf: string; provider: string }) {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const action = useAction();
  const words = messages.accounts;
  return (
    <>
      <p>{words.proveDetail(provider)}</p>
      <Form
        action={action}
        submit={words.signInAgain(provider)}
        label={words.prove}
        onSubmit={async () => {
          leave(await accounts.beginOpenId(csrf, { prove: true }));
        }}
      >
        {null}
      </Form>
    </>
  );
}

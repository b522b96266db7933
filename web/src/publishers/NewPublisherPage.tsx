import { useState } from 'react';
import { Link } from 'react-router';
import { Done, Field, Form, FormPage, Options } from '../accounts/Form';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { Account } from '../api/accounts';
import type { Problem } from '../api/problem';
import type { PublisherCreated, PublisherKind } from '../api/publishers';
import { useLocale } from '../i18n/locale';
import { useTold } from '../moderation/useTold';
import { Secret } from '../publishing/Secret';
import { MAX_NAME } from './limits';

const KINDS: PublisherKind[] = ['organisation', 'person'];

/** Makes a publisher. */
export function NewPublisherPage() {
  const { messages } = useLocale();
  const words = messages.publisherPages;
  return (
    <SignedIn title={words.new}>
      {(account, csrf) => (
        <FormPage title={words.new} introduction={words.newIntroduction}>
          <NewPublisher account={account} csrf={csrf} />
        </FormPage>
      )}
    </SignedIn>
  );
}

function NewPublisher({ account, csrf }: { account: Account; csrf: string }) {
  const { messages } = useLocale();
  const { publishers } = useSession();
  const action = useAction();
  const [made, setMade] = useState<PublisherCreated>();
  const { told, tell, place } = useTold(false);
  const words = messages.publisherPages;
  if (made) {
    const { namespace } = made.publisher;
    return (
      <>
        <Done ref={place}>{told}</Done>
        <p>{messages.publishing.secret}</p>
        <Secret secret={made.token} />
        <p>
          <Link to={`/account/publishers/${namespace}`}>{words.toPublisher(namespace)}</Link>
        </p>
      </>
    );
  }
  return (
    <>
      {account.is_operator && <p>{words.forOthers}</p>}
      <Form
        action={action}
        submit={words.make}
        onSubmit={async (value) => {
          const created = await publishers.create(csrf, {
            namespace: value('namespace').trim(),
            display_name: value('display_name').trim(),
            kind: value('kind') === 'person' ? 'person' : 'organisation',
          });
          tell(words.made(created.publisher.namespace));
          setMade(created);
        }}
      >
        <Field
          name="namespace"
          label={messages.publishers.namespace}
          hint={words.namespaceHint}
          autoComplete="off"
        />
        <Field
          name="display_name"
          label={words.displayName}
          hint={words.displayNameHint}
          autoComplete="organization"
          maxLength={MAX_NAME}
        />
        <Options
          name="kind"
          label={words.kind}
          options={KINDS.map((value) => ({
            value,
            label: words.kinds[value],
            hint: words.kindHint[value],
          }))}
        />
      </Form>
      <Further problem={action.problem} />
    </>
  );
}

/** What somebody can do who was refused, besides what the registry says. */
function Further({ problem }: { problem: Problem | undefined }) {
  const { messages } = useLocale();
  const words = messages.publisherPages;
  if (problem?.status === 403) return <p>{words.closed}</p>;
  if (problem?.kind !== 'name-held' && problem?.kind !== 'name-refused') return null;
  return (
    <p>
      {words.appealDetail} <Link to="/account/appeals">{words.toAppeals}</Link>
    </p>
  );
}

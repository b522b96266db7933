import { useCallback, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import type { Account } from '../api/accounts';
import { Failure } from '../components/Failure';
import { Pills } from '../components/Pills';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { Field, Form } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';

interface NamespaceChoiceProps {
  account: Account;
  /** Given the namespace that is chosen. */
  children: (namespace: string) => ReactNode;
}

/**
 * Whose page it is: one of the publishers that the person is a member of, by itself where there is one, or for operators any. The
 * address says which, as `?publisher=`.
 */
export function NamespaceChoice({ account, children }: NamespaceChoiceProps) {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const [params, setParams] = useSearchParams();
  const mine = useResource(useCallback(() => accounts.publishers(), [accounts]));
  if (mine.status === 'failed') return <Failure problem={mine.problem} onRetry={mine.retry} />;
  if (mine.status === 'loading') return <p role="status">{messages.state.loading}</p>;
  const own = mine.value.publishers.map(({ namespace }) => namespace);
  const chosen = params.get('publisher') ?? (own.length === 1 ? own[0] : undefined) ?? '';
  const choose = (namespace: string) => {
    setParams({ publisher: namespace });
  };
  return (
    <>
      {own.length === 0 && !account.is_operator && <p>{messages.publishers.none}</p>}
      {own.length > 0 && (
        <Pills
          name="adx-publisher"
          legend={messages.submissions.publisher}
          isTitled
          options={own.map((value) => ({ value, label: value }))}
          chosen={chosen}
          onChoose={choose}
        />
      )}
      {account.is_operator && <Any key={chosen} chosen={chosen} onChoose={choose} />}
      {chosen && children(chosen)}
    </>
  );
}

/** Any publisher, by its namespace. */
function Any({ chosen, onChoose }: { chosen: string; onChoose: (namespace: string) => void }) {
  const { messages } = useLocale();
  const action = useAction();
  const words = messages.submissions;
  return (
    <Form
      action={action}
      submit={words.show}
      onSubmit={(value) => {
        onChoose(value('publisher').trim());
        return Promise.resolve();
      }}
    >
      <Field
        name="publisher"
        label={words.anyPublisher}
        hint={words.publisherHint}
        autoComplete="off"
        defaultValue={chosen}
      />
    </Form>
  );
}

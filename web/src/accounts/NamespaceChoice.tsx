import { useSearchParams } from 'react-router';
import { useLocale } from '../i18n/locale';
import { Field, Form } from './Form';
import { useAction } from './useAction';

/** The namespace that the address names as `?publisher=`, and how to name another. */
export function useNamespace(): [string, (namespace: string) => void] {
  const [params, setParams] = useSearchParams();
  return [
    params.get('publisher') ?? '',
    (namespace) => {
      setParams({ publisher: namespace });
    },
  ];
}

interface NamespaceChoiceProps {
  /** Asked as long as none is chosen. */
  question: string;
  chosen: string;
  onChoose: (namespace: string) => void;
}

/** Whose page it is to be. */
export function NamespaceChoice({ question, chosen, onChoose }: NamespaceChoiceProps) {
  const { messages } = useLocale();
  const action = useAction();
  const words = messages.submissions;
  return (
    <Form
      key={chosen}
      action={action}
      submit={words.show}
      onSubmit={(value) => {
        onChoose(value('publisher').trim());
        return Promise.resolve();
      }}
    >
      {!chosen && <p>{question}</p>}
      <Field
        name="publisher"
        label={words.publisher}
        hint={words.publisherHint}
        autoComplete="off"
        defaultValue={chosen}
      />
    </Form>
  );
}

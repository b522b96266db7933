import { useState } from 'react';
import { Done, Field, Form } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { Publisher } from '../api/publishers';
import { Fact } from '../components/Fact';
import { useLocale } from '../i18n/locale';
import { useTold } from '../moderation/useTold';
import { MAX_NAME } from './limits';
import styles from '../submissions/page.module.css';

interface AboutProps {
  publisher: Publisher;
  isOwner: boolean;
  csrf: string;
  /** Told that it is not as it was. */
  onChange: () => void;
}

/** What a publisher is called and whose it is; both can be changed by its owners. */
export function About({ publisher, isOwner, csrf, onChange }: AboutProps) {
  const { messages } = useLocale();
  const { publishers } = useSession();
  const [isAsked, ask] = useState(false);
  const { told, tell, place } = useTold(isAsked);
  const words = messages.publisherPages;
  const { namespace, display_name, kind, verified_domain } = publisher;
  return (
    <>
      <dl className={styles.facts}>
        <Fact name={words.displayName}>{display_name}</Fact>
        <Fact name={words.kind}>{words.kinds[kind]}</Fact>
        <Fact name={words.domain}>{verified_domain}</Fact>
      </dl>
      {told && <Done ref={place}>{told}</Done>}
      {isOwner && kind === 'person' && (
        <div>
          <button
            type="button"
            className="button"
            aria-haspopup="dialog"
            onClick={() => {
              tell(undefined);
              ask(true);
            }}
          >
            {words.makeOrganisation}
          </button>
        </div>
      )}
      {isOwner && <Rename publisher={publisher} csrf={csrf} onChange={onChange} />}
      <Question
        title={words.makeOrganisationQuestion(namespace)}
        detail={words.makeOrganisationDetail}
        submit={words.makeOrganisation}
        isOpen={isAsked}
        onClose={() => {
          ask(false);
        }}
        onAnswer={async () => {
          await publishers.makeOrganisation(csrf, namespace);
          tell(words.isOrganisation);
          onChange();
        }}
      />
    </>
  );
}

function Rename({ publisher, csrf, onChange }: Omit<AboutProps, 'isOwner'>) {
  const { messages } = useLocale();
  const { publishers } = useSession();
  const action = useAction();
  const [isDone, setDone] = useState(false);
  const words = messages.publisherPages;
  const { namespace, display_name } = publisher;
  return (
    <>
      {isDone && <Done>{words.renamed}</Done>}
      <Form
        action={action}
        submit={words.rename}
        label={words.rename}
        onSubmit={async (value) => {
          setDone(false);
          await publishers.changeDisplayName(csrf, namespace, value('display_name').trim());
          setDone(true);
          onChange();
        }}
      >
        <Field
          name="display_name"
          label={words.displayName}
          hint={words.displayNameHint}
          autoComplete="organization"
          maxLength={MAX_NAME}
          defaultValue={display_name}
        />
      </Form>
    </>
  );
}

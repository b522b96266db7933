import { useCallback, useState } from 'react';
import { Area, Done, Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { MAX_REMARK } from '../submissions/limits';
import { AppealEntry } from './AppealEntry';
import { AskButton } from './AskButton';
import { useTold } from './useTold';

/** What a person said against refusals of namespaces that they had asked for, with the answers, and the way to say it. */
export function PersonsAppeals({ csrf }: { csrf: string }) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const [isAsking, setAsking] = useState(false);
  const { told, tell, place } = useTold(isAsking);
  const own = useResource(
    useCallback((signal: AbortSignal) => moderation.ownAppeals(signal), [moderation]),
  );
  const words = messages.appeals;
  if (own.status === 'failed') return <Failure problem={own.problem} onRetry={own.retry} />;
  const appeals = (own.status === 'ready' ? own.value : own.previous) ?? [];
  return (
    <>
      <p>{words.ownDetail}</p>
      {told && <Done ref={place}>{told}</Done>}
      <p>
        <AskButton
          onAsk={() => {
            tell(undefined);
            setAsking(true);
          }}
        >
          {words.forNamespace}
        </AskButton>
      </p>
      {appeals.length > 0 && (
        <ul aria-label={words.own}>
          {appeals.map((appeal) => (
            <AppealEntry key={appeal.id} appeal={appeal} base="/submissions/" level="h3" />
          ))}
        </ul>
      )}
      <Question
        title={words.forNamespace}
        detail={words.forNamespaceDetail}
        submit={words.send}
        isOpen={isAsking}
        onClose={() => {
          setAsking(false);
        }}
        onAnswer={async (value) => {
          const namespace = value('namespace').trim();
          await moderation.appealForNamespace(csrf, { namespace, text: value('text') });
          tell(words.done);
          own.retry();
        }}
      >
        <Field
          name="namespace"
          label={words.namespace}
          hint={words.namespaceHint}
          autoComplete="off"
        />
        <Area
          name="text"
          label={words.namespaceText}
          hint={words.namespaceTextHint}
          maxLength={MAX_REMARK}
        />
      </Question>
    </>
  );
}

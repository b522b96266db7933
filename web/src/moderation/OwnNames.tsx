import { useCallback } from 'react';
import { useSession } from '../accounts/session';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { Section } from '../submissions/Section';
import { AppealButton } from './AppealButton';
import { appealsBefore } from './appealsBefore';
import { NameEntry } from './NameEntry';

/** The names of a publisher's modules that were held, if there are any, with the way to appeal about those that were refused. */
export function OwnNames({ namespace, csrf }: { namespace: string; csrf: string }) {
  const { messages } = useLocale();
  const { accounts, moderation } = useSession();
  const found = useResource(
    useCallback(
      async (signal: AbortSignal) => {
        const names = await moderation.heldNamesOf(namespace, signal);
        const isOneRefused = names.some(({ state }) => state === 'refused');
        const before = isOneRefused
          ? await appealsBefore({ accounts, moderation }, namespace, signal)
          : undefined;
        return { names, before };
      },
      [accounts, moderation, namespace],
    ),
  );
  if (found.status === 'failed') return <Failure problem={found.problem} onRetry={found.retry} />;
  if (found.status === 'loading' || found.value.names.length === 0) return null;
  const { names, before } = found.value;
  const words = messages.names;
  return (
    <Section title={words.own}>
      <p>{words.ownIntroduction}</p>
      <ul aria-label={words.own}>
        {names.map((held) => (
          <NameEntry key={held.id} held={held} level="h3">
            {before && held.state === 'refused' && (
              <AppealButton
                namespace={namespace}
                subjects={[{ kind: 'name', subject: held.id }]}
                what={held.name}
                name={messages.appeals.appealQuestion(held.name)}
                before={before}
                csrf={csrf}
              />
            )}
          </NameEntry>
        ))}
      </ul>
    </Section>
  );
}

import { useCallback, useState } from 'react';
import { ActionProblem, Done, Form } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import { Command } from '../components/Command';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { useTold } from '../moderation/useTold';
import { Section } from '../submissions/Section';
import { Questions, type Asked } from './Questions';
import { Target, targetOf } from './Target';
import { WebhookRow } from './WebhookRow';
import styles from '../publishing/PublishingPage.module.css';

/** The webhooks of a publisher, and how to add one. */
export function Webhooks({ namespace, csrf }: { namespace: string; csrf: string }) {
  const { messages } = useLocale();
  const { webhooks } = useSession();
  const list = useResource(
    useCallback((signal: AbortSignal) => webhooks.list(namespace, signal), [webhooks, namespace]),
  );
  const adding = useAction();
  const acting = useAction();
  const [asked, ask] = useState<Asked>();
  const [secret, showSecret] = useState<string>();
  const { told, tell, place } = useTold(asked !== undefined);
  const words = messages.webhooks;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const known = list.status === 'ready' ? list.value : list.previous;
  if (!known) return <p role="status">{messages.state.loading}</p>;
  const start = () => {
    tell(undefined);
    showSecret(undefined);
  };
  const done = (what: string, shown?: string) => {
    showSecret(shown);
    tell(what);
    list.retry();
  };
  return (
    <div className={styles.parts}>
      <Section title={words.list}>
        {told && <Done ref={place}>{told}</Done>}
        {secret && (
          <>
            <p>{words.secretOnce}</p>
            <Command label={words.secretLabel} text={secret} />
          </>
        )}
        <ActionProblem action={acting} />
        {known.length === 0 && <p>{words.none}</p>}
        <ul className={styles.list} aria-label={words.list}>
          {known.map((webhook) => (
            <WebhookRow
              key={webhook.id}
              webhook={webhook}
              csrf={csrf}
              onAsk={(what) => {
                start();
                ask({ what, webhook });
              }}
              onAct={(act, what) => {
                start();
                void acting.run(async () => {
                  await act();
                  done(what);
                });
              }}
            />
          ))}
        </ul>
      </Section>
      <Section title={words.add}>
        <Form
          action={adding}
          submit={words.add}
          label={words.add}
          onSubmit={async (value) => {
            start();
            const made = await webhooks.add(csrf, { namespace, ...targetOf(value) });
            done(words.added(made.webhook.url), made.secret);
          }}
        >
          <Target />
        </Form>
      </Section>
      <Questions
        asked={asked}
        csrf={csrf}
        onClose={() => {
          ask(undefined);
        }}
        onDone={done}
      />
    </div>
  );
}

import { useCallback, useRef } from 'react';
import { ActionProblem, Done } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { Delivery, DeliveryState, Webhook } from '../api/webhooks';
import { Badge, type BadgeTone } from '../components/Badge';
import { Moment } from '../components/Moment';
import { PagedList } from '../components/PagedList';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { useTold } from '../moderation/useTold';
import { inWords } from './events';
import styles from '../publishing/PublishingPage.module.css';

const TONES: Record<DeliveryState, BadgeTone> = {
  waiting: 'plain',
  sending: 'plain',
  delivered: 'accent',
  failed: 'bad',
};

/** What a webhook was sent, how it went, and a way to send it once more. */
export function Deliveries({ webhook, csrf }: { webhook: Webhook; csrf: string }) {
  const { messages } = useLocale();
  const { webhooks } = useSession();
  const list = useRef<HTMLUListElement>(null);
  const action = useAction();
  const { told, tell, place } = useTold(false);
  const { id, url, enabled } = webhook;
  const pages = usePages(
    useCallback(
      async (before: string | undefined, signal: AbortSignal) => {
        const page = await webhooks.deliveries(webhook.id, before, signal);
        return { items: page.deliveries, next_cursor: page.next };
      },
      // Whenever the webhook is read anew, something may have been sent.
      [webhooks, webhook],
    ),
  );
  const words = messages.webhooks;
  return (
    <>
      <p className={styles.line}>
        {words.logHint}
        <button type="button" className="button" onClick={pages.first.retry}>
          {words.lookAgain}
        </button>
      </p>
      {told && <Done ref={place}>{told}</Done>}
      <ActionProblem action={action} />
      <PagedList
        pages={pages}
        list={list}
        shown={pages.items.length}
        empty={{ title: words.nothingSent }}
      >
        <ul ref={list} className={styles.list} aria-label={words.logOf(url)}>
          {pages.items.map((delivery) => (
            <Row
              key={delivery.id}
              delivery={delivery}
              mayReplay={enabled}
              onReplay={() => {
                tell(undefined);
                void action.run(async () => {
                  await webhooks.replay(csrf, id, delivery.id);
                  tell(words.replayed);
                  pages.first.retry();
                });
              }}
            />
          ))}
        </ul>
      </PagedList>
    </>
  );
}

interface RowProps {
  delivery: Delivery;
  /** Nothing is sent while the webhook is paused. */
  mayReplay: boolean;
  onReplay: () => void;
}

function Row({ delivery, mayReplay, onReplay }: RowProps) {
  const { messages, format } = useLocale();
  const words = messages.webhooks;
  const event = delivery.event === 'ping' ? words.test : inWords(delivery.event, words);
  const [last] = delivery.attempts;
  return (
    <li data-result tabIndex={-1}>
      <div className={styles.about}>
        <span className={styles.line}>
          <span className={styles.name}>{event}</span>
          <Badge tone={TONES[delivery.state]}>{words.states[delivery.state]}</Badge>
        </span>
        <span className={styles.line}>
          <Moment at={delivery.created_at} />
          {last && (
            <span>{last.status ? words.answered(last.status, last.duration_ms) : last.error}</span>
          )}
          {delivery.attempts.length > 1 && <span>{words.attempts(delivery.attempts.length)}</span>}
          {delivery.next_at && (
            <span>
              {words.next} <Moment at={delivery.next_at} />
            </span>
          )}
        </span>
      </div>
      {mayReplay && (
        <button
          type="button"
          className="button"
          aria-label={words.replayOf(event, format.dateTime(delivery.created_at))}
          onClick={onReplay}
        >
          {words.replay}
        </button>
      )}
    </li>
  );
}

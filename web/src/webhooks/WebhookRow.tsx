import { useId, useState, type ReactNode } from 'react';
import { useSession } from '../accounts/session';
import type { Webhook } from '../api/webhooks';
import { Badge } from '../components/Badge';
import { Moment } from '../components/Moment';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { Deliveries } from './Deliveries';
import { inWords } from './events';
import type { Asked } from './Questions';
import styles from './WebhookRow.module.css';
import list from '../publishing/PublishingPage.module.css';

interface WebhookRowProps {
  webhook: Webhook;
  csrf: string;
  onAsk: (what: Asked['what']) => void;
  /** Has something done that needs no question, and what is told of it. */
  onAct: (act: () => Promise<void>, told: string) => void;
}

/** One webhook, what can be done about it, and what it was sent. */
export function WebhookRow({ webhook, csrf, onAsk, onAct }: WebhookRowProps) {
  const locale = useLocale();
  const { webhooks } = useSession();
  const [showsLog, showLog] = useState(false);
  const log = useId();
  const words = locale.messages.webhooks;
  const { id, url, enabled } = webhook;
  const ask = (what: Asked['what'], name: string, label: string) => (
    <Button
      name={name}
      opens
      onClick={() => {
        onAsk(what);
      }}
    >
      {label}
    </Button>
  );
  return (
    <li>
      <div className={list.about}>
        <span className={list.line}>
          <span className={styles.url}>{url}</span>
          {!enabled && <Badge tone="warn">{words.paused}</Badge>}
        </span>
        <span className={list.line}>
          {webhook.events.length > 0
            ? webhook.events.map((event) => <span key={event}>{inWords(event, words)}</span>)
            : words.everyEvent}
        </span>
        <span className={list.line}>
          <span>
            {words.since} <Time at={webhook.created_at} />
          </span>
          {webhook.disabled_at && webhook.disabled_for && (
            <span>
              {words.pausedFor(locale.format.dateTime(webhook.disabled_at), webhook.disabled_for)}
            </span>
          )}
          {webhook.previous_secret_until && (
            <span>
              {words.oldSecretUntil} <Moment at={webhook.previous_secret_until} />
            </span>
          )}
        </span>
      </div>
      <div className={styles.actions}>
        <button
          type="button"
          className="button"
          aria-label={words.logOf(url)}
          aria-expanded={showsLog}
          aria-controls={log}
          onClick={() => {
            showLog(!showsLog);
          }}
        >
          {words.log}
        </button>
        {enabled ? (
          <>
            <Button
              name={words.pingOf(url)}
              onClick={() => {
                onAct(() => webhooks.ping(csrf, id), words.pinged);
              }}
            >
              {words.ping}
            </Button>
            {ask('pause', words.pauseOf(url), words.pause)}
          </>
        ) : (
          <Button
            name={words.resumeOf(url)}
            onClick={() => {
              onAct(() => webhooks.change(csrf, id, { enabled: true }), words.resumed);
            }}
          >
            {words.resume}
          </Button>
        )}
        {ask('change', words.changeOf(url), words.change)}
        {ask('rotate', words.rotateOf(url), words.rotate)}
        {ask('remove', words.removeOf(url), words.remove)}
      </div>
      <div id={log} className={styles.log}>
        {showsLog && <Deliveries webhook={webhook} csrf={csrf} />}
      </div>
    </li>
  );
}

interface ButtonProps {
  /** Which it is of several, for those who cannot see where it stands. */
  name: string;
  /** Whether it opens a question. */
  opens?: boolean;
  onClick: () => void;
  children: ReactNode;
}

function Button({ name, opens = false, onClick, children }: ButtonProps) {
  return (
    <button
      type="button"
      className="button"
      aria-label={name}
      aria-haspopup={opens ? 'dialog' : undefined}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

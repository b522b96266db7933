import { useCallback, useState } from 'react';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { TrustedPublisher } from '../api/publishing';
import { Failure } from '../components/Failure';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { NewTrusted } from './NewTrusted';
import styles from './PublishingPage.module.css';

interface TrustedPublishersProps {
  namespace: string;
  csrf: string;
}

/** The workflows that a publisher trusts, each with its end, and how to trust one. */
export function TrustedPublishers({ namespace, csrf }: TrustedPublishersProps) {
  const { messages } = useLocale();
  const { publishing } = useSession();
  const list = useResource(
    useCallback(
      (signal: AbortSignal) => publishing.trusted(namespace, signal),
      [publishing, namespace],
    ),
  );
  const [removed, remove] = useState<TrustedPublisher>();
  const words = messages.publishing;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const trusted = list.status === 'ready' ? list.value : list.previous;
  if (!trusted) return <p role="status">{messages.state.loading}</p>;
  return (
    <>
      <p className={styles.quiet}>{words.trustedDetail}</p>
      {trusted.length === 0 && <p>{words.none}</p>}
      <ul className={styles.list}>
        {trusted.map((one) => (
          <Row
            key={one.id}
            trusted={one}
            onRemove={() => {
              remove(one);
            }}
          />
        ))}
      </ul>
      <Question
        title={words.removeQuestion(removed?.repository ?? '')}
        detail={words.removeDetail}
        submit={words.removeIt}
        isOpen={removed !== undefined}
        onClose={() => {
          remove(undefined);
        }}
        onAnswer={async () => {
          if (removed) await publishing.distrust(csrf, namespace, removed.id);
          list.retry();
        }}
      />
      <NewTrusted namespace={namespace} csrf={csrf} onChange={list.retry} />
    </>
  );
}

function Row({ trusted, onRemove }: { trusted: TrustedPublisher; onRemove: () => void }) {
  const { messages } = useLocale();
  const words = messages.publishing;
  const conditions = [
    [words.modules, trusted.modules],
    [words.environment, trusted.environment],
    [words.ref, trusted.ref],
  ].filter(([, value]) => value);
  return (
    <li>
      <div className={styles.about}>
        <span className={styles.name}>
          {trusted.repository} <code>{trusted.workflow}</code>
        </span>
        <span className={styles.line}>
          <span>{words.providers[trusted.provider]}</span>
          <span>{`${words.repositoryId}: ${trusted.repository_id}`}</span>
        </span>
        <span className={styles.line}>
          {conditions.map(([name, value]) => (
            <span key={name}>{`${name}: ${value}`}</span>
          ))}
          {trusted.staged && <span>{words.isStaged}</span>}
        </span>
        <span className={styles.line}>
          <span>
            {words.addedAt} <Time at={trusted.added_at} />
          </span>
        </span>
      </div>
      <button
        type="button"
        className="button"
        aria-label={words.removeOf(trusted.repository, trusted.workflow)}
        onClick={onRemove}
      >
        {words.remove}
      </button>
    </li>
  );
}

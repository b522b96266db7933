import { useCallback } from 'react';
import { useSession } from '../accounts/session';
import { Fact } from '../components/Fact';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import styles from '../submissions/page.module.css';

/** How much a publisher has, and may have. */
export function Quota({ namespace }: { namespace: string }) {
  const { messages, format } = useLocale();
  const { publishers } = useSession();
  const loaded = useResource(
    useCallback(
      (signal: AbortSignal) => publishers.quota(namespace, signal),
      [publishers, namespace],
    ),
  );
  const words = messages.publisherPages;
  if (loaded.status === 'failed') {
    return <Failure problem={loaded.problem} onRetry={loaded.retry} />;
  }
  if (loaded.status === 'loading') return <p role="status">{messages.state.loading}</p>;
  const rows = [
    ['modules', format.number],
    ['package_bytes', format.size],
    ['releases_today', format.number],
  ] as const;
  const kept = loaded.value.kept_bytes;
  return (
    <dl className={styles.facts}>
      {rows.map(([name, show]) => {
        const { used, limit } = loaded.value[name];
        return (
          <Fact key={name} name={words.quotas[name]}>
            {words.used(show(used), show(limit))}
          </Fact>
        );
      })}
      {kept > 0 && <Fact name={words.keptBytes}>{format.size(kept)}</Fact>}
    </dl>
  );
}

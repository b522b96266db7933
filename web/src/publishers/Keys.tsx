import type { Publisher, PublisherKey } from '../api/publishers';
import { Badge } from '../components/Badge';
import { Command } from '../components/Command';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import styles from '../publishing/PublishingPage.module.css';
import keyStyles from './Keys.module.css';

/** The keys that a publisher signs with, and how another is added: by the private half, which no page has. */
export function Keys({ publisher: { namespace, keys } }: { publisher: Publisher }) {
  const { messages } = useLocale();
  const words = messages.publisherPages;
  return (
    <>
      <p className={styles.quiet}>{words.keysDetail}</p>
      {keys.length > 0 && (
        <ul className={styles.list} aria-label={words.keys}>
          {keys.map((key) => (
            <Row key={key.key_id} signer={key} />
          ))}
        </ul>
      )}
      <p>{keys.length > 0 ? words.moreKeys : words.noKeys}</p>
      <Command
        label={words.keyCommand}
        text={
          keys.length > 0
            ? `adx key add NEW-KEY --publisher ${namespace}`
            : `adx key register ${namespace}`
        }
      />
    </>
  );
}

function Row({ signer }: { signer: PublisherKey }) {
  const { messages } = useLocale();
  const words = messages.publisherPages;
  const isRemoved = signer.removed_by !== undefined && signer.removed_by !== null;
  return (
    <li>
      <div className={styles.about}>
        <span className={styles.name}>
          <code className={keyStyles.id}>{signer.key_id}</code>
        </span>
        <span className={styles.line}>
          {signer.purposes.map((purpose) => (
            <span key={purpose}>{words.purposes[purpose]}</span>
          ))}
          <span>
            {words.keyAdded} <Time at={signer.added_at} />
          </span>
          {signer.not_after && (
            <span>
              {words.keyUntil} <Time at={signer.not_after} />
            </span>
          )}
        </span>
      </div>
      {signer.revoked && <Badge tone="bad">{words.keyRevoked}</Badge>}
      {isRemoved && <Badge tone="warn">{words.keyRemoved}</Badge>}
    </li>
  );
}

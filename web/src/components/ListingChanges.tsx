import type { ListingChanges as Changes, Permission } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { priceInWords } from '../lib/price';
import styles from './ListingChanges.module.css';

/** What a version asks for that the one before did not; nothing where that is the same. */
export function ListingChanges({ changes }: { changes: Changes | null | undefined }) {
  const { messages, format } = useLocale();
  const words = messages.changes;
  if (!changes) return null;
  const { since, added_permissions, removed_permissions, pricing_before } = changes;
  if (added_permissions.length === 0 && removed_permissions.length === 0 && !pricing_before)
    return null;
  return (
    <section className={styles.changes} aria-labelledby="adx-listing-changes">
      <h3 id="adx-listing-changes">{words.title(since)}</h3>
      <List title={words.added} permissions={added_permissions} />
      <List title={words.removed} permissions={removed_permissions} />
      {pricing_before && <p>{words.price(priceInWords(pricing_before, messages, format))}</p>}
    </section>
  );
}

function List({ title, permissions }: { title: string; permissions: Permission[] }) {
  if (permissions.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul>
        {permissions.map(({ permission, words }) => (
          <li key={permission}>
            {words} <code>{permission}</code>
          </li>
        ))}
      </ul>
    </>
  );
}

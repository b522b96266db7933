import type { Permission } from '../api/registry';
import { useLocale } from '../i18n/locale';
import styles from './Permissions.module.css';

/** What a module asks for, in words, with the line of its manifest beside it. */
export function Permissions({ permissions }: { permissions: Permission[] }) {
  const { messages } = useLocale();
  const words = messages.permissions;
  const groups = [
    { title: words.required, asked: permissions.filter(({ required }) => required) },
    { title: words.optional, asked: permissions.filter(({ required }) => !required) },
  ].filter(({ asked }) => asked.length > 0);

  if (groups.length === 0) return <p className={styles.none}>{words.none}</p>;
  return groups.map(({ title, asked }) => (
    <div key={title} className={styles.group}>
      <h3 className={styles.title}>{title}</h3>
      <ul className={styles.list}>
        {asked.map(({ permission, words: inWords, required }) => (
          <li key={permission} className={required ? styles.required : styles.optional}>
            <span>{inWords}</span> <code>{permission}</code>
          </li>
        ))}
      </ul>
    </div>
  ));
}

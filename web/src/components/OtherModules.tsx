import { Link } from 'react-router';
import type { ModuleDetail } from '../api/registry';
import { useLocale } from '../i18n/locale';
import styles from './OtherModules.module.css';

/** What else its publisher has; nothing where that is nothing. */
export function OtherModules({ module }: { module: ModuleDetail }) {
  const { messages } = useLocale();
  const others = module.listing.other_modules;
  if (others.length === 0) return null;
  return (
    <section className={styles.others} aria-labelledby="adx-other-modules">
      <h2 id="adx-other-modules">{messages.module.otherModules(module.publisher.display_name)}</h2>
      <ul>
        {others.map((other) => (
          <li key={other.module}>
            <Link to={`/modules/${other.module}`}>{other.display_name}</Link>
            <p>{other.description}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

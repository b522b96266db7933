import { Link } from 'react-router';
import type { AdvisorySummary, Deprecation } from '../api/registry';
import { useLocale } from '../i18n/locale';
import styles from './Standing.module.css';

interface StandingProps {
  deprecation?: Deprecation | null | undefined;
  advisories: AdvisorySummary[];
}

/** What is said against a module or version: that its publisher advises against it, and advisories. */
export function Standing({ deprecation, advisories }: StandingProps) {
  const { messages } = useLocale();
  const words = messages.standing;
  if (!deprecation && advisories.length === 0) return null;
  return (
    <section aria-label={words.label} className={styles.standing}>
      {deprecation && (
        <p className={styles.warning}>
          <strong>{words.deprecated(deprecation.versions)}</strong> {deprecation.message}{' '}
          {deprecation.replacement && (
            <Link to={`/modules/${deprecation.replacement}`}>
              {words.replacement(deprecation.replacement)}
            </Link>
          )}
        </p>
      )}
      {advisories.map((advisory) => (
        <p key={advisory.id} className={styles.warning}>
          <strong>{words.severities[advisory.severity]}:</strong>{' '}
          <Link to={`/advisories/${advisory.id}`}>{advisory.title}</Link> ({advisory.id}).{' '}
          {words.patched(advisory.patched)}
        </p>
      ))}
    </section>
  );
}

import { Link } from 'react-router';
import type { AdvisorySummary, Deprecation } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { toneOfSeverity } from '../lib/severity';
import { Badge } from './Badge';
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
      {advisories.length > 0 && (
        <ul className={styles.standing}>
          {advisories.map((advisory) => (
            <li
              key={advisory.id}
              className={toneOfSeverity(advisory.severity) === 'bad' ? styles.bad : styles.warning}
            >
              <Told advisory={advisory} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** One advisory: how bad, what, for which versions, where it is mended, and on whose word. */
function Told({ advisory }: { advisory: AdvisorySummary }) {
  const { messages } = useLocale();
  const words = messages.standing;
  const ranges = advisory.affected.map(({ introduced, fixed }) => words.range(introduced, fixed));
  return (
    <>
      <p className={styles.title}>
        <Badge tone={toneOfSeverity(advisory.severity)}>
          {words.severities[advisory.severity]}
        </Badge>
        <strong>
          <Link to={`/advisories/${advisory.id}`}>{advisory.title}</Link>
        </strong>
        <span>{advisory.id}</span>
      </p>
      <p>
        {`${words.affected}: ${ranges.join('; ')}. ${words.patched(advisory.patched)} `}
        {advisory.confirmed ? words.confirmed : words.unconfirmed}
      </p>
    </>
  );
}

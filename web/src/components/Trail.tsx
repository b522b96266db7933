import { Link } from 'react-router';
import { useLocale } from '../i18n/locale';
import styles from './Trail.module.css';

interface TrailProps {
  /** From the outermost on; the last is this page, and leads nowhere. */
  steps: { label: string; to?: string }[];
}

/** Where a page lies. */
export function Trail({ steps }: TrailProps) {
  const { messages } = useLocale();
  return (
    <nav aria-label={messages.module.breadcrumb}>
      <ol className={styles.trail}>
        {steps.map(({ label, to }) => (
          <li key={label}>{to === undefined ? label : <Link to={to}>{label}</Link>}</li>
        ))}
      </ol>
    </nav>
  );
}

import type { Ref } from 'react';
import { Link } from 'react-router';
import type { ReportedModule } from '../api/moderation';
import { Badge } from '../components/Badge';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import styles from '../submissions/SubmissionRows.module.css';

interface ReportedRowsProps {
  modules: ReportedModule[];
  list: Ref<HTMLUListElement>;
}

/** Reported modules, one below the other. */
export function ReportedRows({ modules, list }: ReportedRowsProps) {
  const { messages } = useLocale();
  return (
    <ul ref={list} aria-label={messages.reports.list}>
      {modules.map((reported) => (
        <Row key={reported.module} reported={reported} />
      ))}
    </ul>
  );
}

function Row({
  reported: { module, open, accounts, malware, first_at },
}: {
  reported: ReportedModule;
}) {
  const { messages } = useLocale();
  const words = messages.reports;
  return (
    <li className={styles.row}>
      <h2 className={styles.name}>
        <Link to={`/reports/${module}`} data-result="">
          {module}
        </Link>
      </h2>
      {malware > 0 && <Badge tone="bad">{words.malware(malware)}</Badge>}
      <p className={styles.line}>
        <span>{words.waiting(open)}</span>
        {accounts > 0 && <span>{words.accounts(accounts)}</span>}
        <span>
          {words.first} <Moment at={first_at} />
        </span>
      </p>
    </li>
  );
}

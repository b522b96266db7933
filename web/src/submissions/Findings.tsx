import type { Finding } from '../api/submissions';
import { Badge } from '../components/Badge';
import { Moment } from '../components/Moment';
import { Words } from '../components/Words';
import { useLocale } from '../i18n/locale';
import { byCheck, toneOfFinding } from './state';
import styles from './Findings.module.css';

/** What the checks found, by check, the worst first: what it is, where, and what to do about it. */
export function Findings({ findings }: { findings: Finding[] }) {
  const { messages } = useLocale();
  const words = messages.submissions;
  if (findings.length === 0) return <p className={styles.none}>{words.noFindings}</p>;
  return byCheck(findings).map(({ check, findings: found }) => (
    <div key={check} className={styles.check}>
      <h3 className={styles.title}>{words.checks[check] ?? check}</h3>
      <ul className={styles.list}>
        {found.map((finding, index) => (
          <li key={index}>
            <Badge tone={toneOfFinding(finding.severity)}>
              {words.severities[finding.severity]}
            </Badge>
            <div>
              <p>
                <Words>{finding.message}</Words>
              </p>
              <p className={styles.line}>
                {finding.place && <code>{finding.place}</code>}
                <code className={styles.code}>{finding.code}</code>
                {finding.found_at && (
                  <span>
                    {words.foundLater}
                    <Moment at={finding.found_at} />
                  </span>
                )}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </div>
  ));
}

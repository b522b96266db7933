import { Link } from 'react-router';
import type { VersionSummary } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { isPreRelease } from '../lib/version';
import { Badge } from './Badge';
import { Time } from './Time';
import styles from './VersionTable.module.css';

interface VersionTableProps {
  module: string;
  versions: VersionSummary[];
  latest: string;
  /** The version whose page this is on. */
  current?: string | undefined;
}

export function VersionTable({ module, versions, latest, current }: VersionTableProps) {
  const { messages, format } = useLocale();
  const words = messages.module;
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">{words.versions}</caption>
      <thead>
        <tr>
          <th scope="col">{words.version}</th>
          <th scope="col">{words.released}</th>
          <th scope="col">{messages.facts.platform}</th>
          <th scope="col" className={styles.size}>
            {words.size}
          </th>
        </tr>
      </thead>
      <tbody>
        {versions.map(
          ({
            version,
            released_at,
            adx_core_version,
            size_bytes,
            yanked,
            quarantined_for,
            taken_down_for,
          }) => (
            <tr key={version}>
              <th scope="row">
                <span className={styles.version}>
                  <Link
                    to={`/modules/${module}/${version}`}
                    aria-current={version === current ? 'page' : undefined}
                    className={
                      yanked || quarantined_for || taken_down_for ? styles.yanked : undefined
                    }
                  >
                    {version}
                  </Link>
                  {version === latest && <Badge tone="accent">{words.latest}</Badge>}
                  {isPreRelease(version) && <Badge tone="plain">{words.preRelease}</Badge>}
                  {yanked && <Badge tone="warn">{words.yanked}</Badge>}
                  {quarantined_for && <Badge tone="warn">{words.quarantined}</Badge>}
                  {taken_down_for && <Badge tone="warn">{words.takenDown}</Badge>}
                </span>
              </th>
              <td>
                <Time at={released_at} />
              </td>
              <td>{adx_core_version}</td>
              <td className={styles.size}>{format.size(size_bytes)}</td>
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

import { Link } from 'react-router';
import type { ModuleDetail } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { Badge } from './Badge';
import { ModuleGlyph } from './ModuleGlyph';
import { PageHeading } from './PageHeading';
import { Publisher } from './Publisher';
import { Trail } from './Trail';
import styles from './ModuleHeader.module.css';

interface ModuleHeaderProps {
  module: ModuleDetail;
  version: string;
  yanked: boolean;
  /** Why it was yanked, if its publisher said so. */
  yankedFor?: string | null | undefined;
  /** Why a yank was taken back, if there was one and its publisher said so. */
  unyankedFor?: string | null | undefined;
  /** Why it is in quarantine, if it is. */
  quarantinedFor?: string | null | undefined;
  /** Whether this is the page of one version. */
  pinned: boolean;
}

export function ModuleHeader({
  module,
  version,
  yanked,
  yankedFor,
  unyankedFor,
  quarantinedFor,
  pinned,
}: ModuleHeaderProps) {
  const { messages } = useLocale();
  const words = messages.module;
  const newest = version === module.latest;
  return (
    <header className={styles.header}>
      <Trail
        steps={[
          { label: words.all, to: '/' },
          { label: module.module, ...(pinned ? { to: `/modules/${module.module}` } : {}) },
          ...(pinned ? [{ label: version }] : []),
        ]}
      />
      <div className={styles.title}>
        <ModuleGlyph module={module.module} large />
        <div>
          <PageHeading
            title={pinned ? `${module.display_name} ${version}` : module.display_name}
            className={styles.heading}
          >
            {module.display_name}
          </PageHeading>
          <p className={styles.line}>
            <span className={styles.version}>{version}</span>
            {newest && <Badge tone="accent">{words.latest}</Badge>}
            {yanked && <Badge tone="warn">{words.yanked}</Badge>}
            {quarantinedFor && <Badge tone="warn">{words.quarantined}</Badge>}
            <span>
              {words.by} <Publisher publisher={module.publisher} />
            </span>
          </p>
        </div>
      </div>
      <p className={styles.description}>{module.description}</p>
      {module.quarantined_for ? (
        <p className={styles.warning}>{words.moduleQuarantinedNote(module.quarantined_for)}</p>
      ) : (
        quarantinedFor && <p className={styles.warning}>{words.quarantinedNote(quarantinedFor)}</p>
      )}
      {unyankedFor && <p className={styles.note}>{words.unyankedFor(unyankedFor)}</p>}
      {(yanked || !newest) && (
        <p className={yanked ? styles.warning : styles.note}>
          {yanked ? words.yankedNote : words.olderNote} {yankedFor && words.yankedFor(yankedFor)}{' '}
          {!newest && (
            <Link to={`/modules/${module.module}`}>{words.showLatest(module.latest)}</Link>
          )}
        </p>
      )}
    </header>
  );
}

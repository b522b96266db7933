import { useCallback } from 'react';
import type { ModuleDetail, ModuleId } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { usePages } from '../lib/usePages';
import { useSurroundings } from '../surroundings';
import { Failure } from './Failure';
import { VersionTable } from './VersionTable';
import styles from './Versions.module.css';

interface VersionsProps {
  id: ModuleId;
  module: ModuleDetail;
  current?: string | undefined;
}

/** Every version, newest first, a page at a time. */
export function Versions({ id: { namespace, name }, module, current }: VersionsProps) {
  const { messages } = useLocale();
  const { registry } = useSurroundings();
  const { first, items, more } = usePages(
    useCallback(
      async (cursor: string | undefined, signal: AbortSignal) => {
        const page = await registry.versions({ namespace, name }, cursor, signal);
        return { ...page, items: page.versions };
      },
      [registry, namespace, name],
    ),
  );
  // The module's page already has the newest: shown at once, and kept if the rest cannot be had.
  const versions = first.status === 'ready' ? items : module.versions;
  const problem = first.status === 'failed' ? first.problem : more?.problem;
  return (
    <>
      <VersionTable
        module={module.module}
        versions={versions}
        latest={module.latest}
        current={current}
      />
      {problem && <Failure problem={problem} onRetry={more?.load ?? first.retry} />}
      {more && !problem && (
        <button
          type="button"
          className={`button ${styles.more}`}
          aria-disabled={more.loading}
          onClick={more.load}
        >
          {more.loading ? messages.state.loading : messages.module.moreVersions}
        </button>
      )}
    </>
  );
}

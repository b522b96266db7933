import { useCallback, useState } from 'react';
import type { ModuleId } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { useSurroundings } from '../surroundings';
import { Failure } from './Failure';
import { Prose } from './Prose';
import pageStyles from '../pages/page.module.css';

interface DocumentationProps {
  id: ModuleId;
  version: string;
}

/** The pages of documentation that a version brings along: their list, or the one that was chosen. */
export function Documentation({ id: { namespace, name }, version }: DocumentationProps) {
  const { messages } = useLocale();
  const { registry } = useSurroundings();
  const [page, setPage] = useState<string>();
  const index = useResource(
    useCallback(
      (signal: AbortSignal) => registry.documentation({ namespace, name }, version, signal),
      [registry, namespace, name, version],
    ),
  );
  if (index.status === 'loading') return <p role="status">{messages.state.loading}</p>;
  if (index.status === 'failed') return <Failure problem={index.problem} onRetry={index.retry} />;
  const { pages } = index.value;
  if (pages.length === 0)
    return <p className={pageStyles.none}>{messages.module.noDocumentation}</p>;
  if (page !== undefined) {
    return (
      <>
        <p>
          <button
            type="button"
            onClick={() => {
              setPage(undefined);
            }}
          >
            {messages.module.allPages}
          </button>
        </p>
        <Page id={{ namespace, name }} version={version} page={page} />
      </>
    );
  }
  return (
    <ul aria-label={messages.module.pages}>
      {pages.map(({ path, title }) => (
        <li key={path}>
          <button
            type="button"
            onClick={() => {
              setPage(path);
            }}
          >
            {title}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Page({ id: { namespace, name }, version, page }: DocumentationProps & { page: string }) {
  const { messages } = useLocale();
  const { registry } = useSurroundings();
  const shown = useResource(
    useCallback(
      (signal: AbortSignal) =>
        registry.documentationPage({ namespace, name }, version, page, signal),
      [registry, namespace, name, version, page],
    ),
  );
  if (shown.status === 'loading') return <p role="status">{messages.state.loading}</p>;
  if (shown.status === 'failed') return <Failure problem={shown.problem} onRetry={shown.retry} />;
  return <Prose html={shown.value.html} pageTitle="" />;
}

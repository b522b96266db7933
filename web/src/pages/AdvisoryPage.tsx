import { useCallback } from 'react';
import { Link, useParams } from 'react-router';
import type { Advisory } from '../api/registry';
import { Badge } from '../components/Badge';
import { PageHeading } from '../components/PageHeading';
import { Prose } from '../components/Prose';
import { ModuleSkeleton } from '../components/Skeleton';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { toneOfSeverity } from '../lib/severity';
import { useResource } from '../lib/useResource';
import { useSurroundings } from '../surroundings';
import { FailurePage } from './FailurePage';
import styles from './AdvisoryPage.module.css';

export function AdvisoryPage() {
  const { id = '' } = useParams();
  const { messages } = useLocale();
  const { registry } = useSurroundings();
  const advisory = useResource(
    useCallback((signal: AbortSignal) => registry.advisory(id, signal), [registry, id]),
  );
  if (advisory.status === 'loading') return <ModuleSkeleton title={id} />;
  if (advisory.status === 'failed') {
    return (
      <FailurePage
        problem={advisory.problem}
        notFound={messages.standing.notFound(id)}
        onRetry={advisory.retry}
      />
    );
  }
  return <Story advisory={advisory.value} />;
}

function Story({ advisory }: { advisory: Advisory }) {
  const { messages } = useLocale();
  const words = messages.standing;
  return (
    <article className={styles.advisory}>
      <header className={styles.header}>
        <PageHeading title={`${advisory.id}: ${advisory.title}`} className={styles.heading}>
          {advisory.title}
        </PageHeading>
        <p className={styles.line}>
          <span>{advisory.id}</span>
          <Badge tone={toneOfSeverity(advisory.severity)}>
            {words.severities[advisory.severity]}
          </Badge>
          {advisory.withdrawn_at && <Badge tone="plain">{words.withdrawn}</Badge>}
          <Link to={`/modules/${advisory.module}`}>{advisory.module}</Link>
          <Time at={advisory.published_at} />
        </p>
      </header>
      <p>{advisory.confirmed ? words.confirmed : words.unconfirmed}</p>
      <h2>{words.affected}</h2>
      <ul>
        {advisory.affected.map(({ introduced, fixed }) => (
          <li key={`${introduced ?? ''} ${fixed ?? ''}`}>{words.range(introduced, fixed)}</li>
        ))}
      </ul>
      <p>{words.patched(advisory.patched)}</p>
      {advisory.details_html && <Prose html={advisory.details_html} pageTitle={advisory.title} />}
      {advisory.references.length > 0 && (
        <>
          <h2>{words.references}</h2>
          <ul>
            {advisory.references.map((reference) => (
              <li key={reference}>
                <a href={reference} rel="nofollow noopener noreferrer">
                  {reference}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      {(advisory.aliases.length > 0 || advisory.cvss) && (
        <p className={styles.line}>
          {advisory.aliases.map((alias) => (
            <span key={alias}>{alias}</span>
          ))}
          {advisory.cvss && <span>{advisory.cvss}</span>}
        </p>
      )}
    </article>
  );
}

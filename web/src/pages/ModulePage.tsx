import { useCallback } from 'react';
import { useParams } from 'react-router';
import type { ModuleDetail, ModuleId } from '../api/registry';
import { Documentation } from '../components/Documentation';
import { Facts } from '../components/Facts';
import { ModuleHeader } from '../components/ModuleHeader';
import { ModuleLayout } from '../components/ModuleLayout';
import { OtherModules } from '../components/OtherModules';
import { Prose } from '../components/Prose';
import { ReportModule } from '../components/ReportModule';
import { Screenshots } from '../components/Screenshots';
import { ModuleSkeleton } from '../components/Skeleton';
import { Standing } from '../components/Standing';
import { Tabs } from '../components/Tabs';
import { Versions } from '../components/Versions';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { Offer } from '../market/Offer';
import { Appeal } from '../moderation/Appeal';
import { WithheldAppeal } from '../moderation/WithheldAppeal';
import { useSurroundings } from '../surroundings';
import { FailurePage } from './FailurePage';
import styles from './page.module.css';

export function ModulePage() {
  const { namespace = '', name = '' } = useParams();
  const { messages, language } = useLocale();
  const { registry } = useSurroundings();
  const module = useResource(
    useCallback(
      (signal: AbortSignal) => registry.module({ namespace, name }, language, signal),
      [registry, namespace, name, language],
    ),
  );

  if (module.status === 'loading') return <ModuleSkeleton title={`${namespace}/${name}`} />;
  if (module.status === 'failed') {
    return (
      <FailurePage
        problem={module.problem}
        notFound={messages.state.moduleNotFound(`${namespace}/${name}`)}
        onRetry={module.retry}
        appeal={
          <Appeal
            namespace={namespace}
            subjects={[{ kind: 'module', subject: `${namespace}/${name}` }]}
            what={`${namespace}/${name}`}
          />
        }
      />
    );
  }
  return <Listing module={module.value} id={{ namespace, name }} />;
}

function Listing({ module, id }: { module: ModuleDetail; id: ModuleId }) {
  const { messages } = useLocale();
  const words = messages.module;
  const release = module.versions.find(({ version }) => version === module.latest);
  const isInstalled = !release?.yanked && !release?.quarantined_for;
  return (
    <ModuleLayout
      header={
        <>
          <ModuleHeader
            module={module}
            version={module.latest}
            yanked={release?.yanked ?? false}
            yankedFor={release?.yanked_for}
            unyankedFor={release?.unyanked_for}
            quarantinedFor={release?.quarantined_for}
            pinned={false}
          />
          <WithheldAppeal
            module={module}
            version={module.latest}
            quarantinedFor={release?.quarantined_for}
          />
          <Standing deprecation={module.deprecation} advisories={module.advisories} />
        </>
      }
      installs={isInstalled ? module.module : undefined}
      offer={isInstalled && <Offer module={module} />}
      permissions={module.permissions}
      changes={module.listing.changes}
      facts={
        <>
          <Facts module={module} release={release} />
          <ReportModule id={id} module={module} />
        </>
      }
    >
      <Screenshots module={module.display_name} screenshots={module.listing.screenshots} />
      <Tabs
        label={words.sections}
        tabs={[
          {
            key: 'readme',
            label: words.readme,
            content: module.readme_html ? (
              <Prose html={module.readme_html} pageTitle={module.display_name} />
            ) : (
              <p className={styles.none}>{words.noReadme}</p>
            ),
          },
          {
            key: 'documentation',
            label: words.documentation,
            content: <Documentation id={id} version={module.latest} />,
          },
          {
            key: 'versions',
            label: words.versions,
            content: <Versions module={module} id={id} />,
          },
        ]}
      />
      <OtherModules module={module} />
    </ModuleLayout>
  );
}

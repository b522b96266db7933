import { useCallback } from 'react';
import { useParams } from 'react-router';
import type { ModuleDetail, ModuleId, VersionDetail } from '../api/registry';
import { CodeBlock } from '../components/CodeBlock';
import { Documentation } from '../components/Documentation';
import { Facts } from '../components/Facts';
import { ModuleHeader } from '../components/ModuleHeader';
import { ModuleLayout } from '../components/ModuleLayout';
import { Prose } from '../components/Prose';
import { ReportModule } from '../components/ReportModule';
import { ModuleSkeleton } from '../components/Skeleton';
import { Standing } from '../components/Standing';
import { Tabs } from '../components/Tabs';
import { Versions } from '../components/Versions';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { Appeal } from '../moderation/Appeal';
import { WithheldAppeal } from '../moderation/WithheldAppeal';
import { useSurroundings } from '../surroundings';
import { FailurePage } from './FailurePage';
import styles from './page.module.css';

export function VersionPage() {
  const { namespace = '', name = '', version = '' } = useParams();
  const { messages, language } = useLocale();
  const { registry } = useSurroundings();
  const loaded = useResource(
    useCallback(
      async (signal: AbortSignal) => {
        const id = { namespace, name };
        const [module, release] = await Promise.all([
          registry.module(id, language, signal),
          registry.version(id, version, language, signal),
        ]);
        return { module, release };
      },
      [registry, namespace, name, version, language],
    ),
  );

  if (loaded.status === 'loading') {
    return <ModuleSkeleton title={`${namespace}/${name} ${version}`} />;
  }
  if (loaded.status === 'failed') {
    return (
      <FailurePage
        problem={loaded.problem}
        notFound={messages.state.versionNotFound(`${namespace}/${name}`, version)}
        onRetry={loaded.retry}
        appeal={
          <Appeal
            namespace={namespace}
            // What was taken down may be the version, or the whole module.
            subjects={[
              { kind: 'version', subject: `${namespace}/${name}@${version}` },
              { kind: 'module', subject: `${namespace}/${name}` },
            ]}
            what={`${namespace}/${name} ${version}`}
          />
        }
      />
    );
  }
  return <Release {...loaded.value} id={{ namespace, name }} />;
}

interface ReleaseProps {
  module: ModuleDetail;
  release: VersionDetail;
  id: ModuleId;
}

function Release({ module, release, id }: ReleaseProps) {
  const { messages } = useLocale();
  const words = messages.module;
  return (
    <ModuleLayout
      header={
        <>
          <ModuleHeader
            module={module}
            version={release.version}
            yanked={release.yanked}
            yankedFor={release.yanked_for}
            unyankedFor={release.unyanked_for}
            quarantinedFor={release.quarantined_for}
            pinned
          />
          <WithheldAppeal
            module={module}
            version={release.version}
            quarantinedFor={release.quarantined_for}
          />
          <Standing deprecation={release.deprecation} advisories={release.advisories} />
        </>
      }
      installs={
        release.yanked || release.quarantined_for
          ? undefined
          : `${module.module}@=${release.version}`
      }
      permissions={release.permissions}
      changes={release.changes}
      facts={
        <>
          <Facts module={module} release={release} />
          <ReportModule id={id} module={module} current={release.version} />
        </>
      }
    >
      <Tabs
        label={words.sections}
        tabs={[
          {
            key: 'readme',
            label: words.readme,
            content: (
              <Text html={release.readme_html} title={module.display_name} none={words.noReadme} />
            ),
          },
          {
            key: 'changes',
            label: words.changelog,
            content: (
              <Text html={release.changelog_html} title="Changelog" none={words.noChangelog} />
            ),
          },
          {
            key: 'documentation',
            label: words.documentation,
            content: <Documentation id={id} version={release.version} />,
          },
          {
            key: 'versions',
            label: words.versions,
            content: <Versions id={id} module={module} current={release.version} />,
          },
          {
            key: 'manifest',
            label: words.manifest,
            content: (
              <CodeBlock
                className={styles.manifest}
                label={words.manifest}
                text={JSON.stringify(release.manifest, null, 2)}
              />
            ),
          },
        ]}
      />
    </ModuleLayout>
  );
}

interface TextProps {
  html: string | null | undefined;
  title: string;
  /** Said where there is no text. */
  none: string;
}

function Text({ html, title, none }: TextProps) {
  return html ? <Prose html={html} pageTitle={title} /> : <p className={styles.none}>{none}</p>;
}

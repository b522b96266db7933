import { Link } from 'react-router';
import type { ModuleDetail, VersionDetail, VersionSummary } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { categoryInWords } from '../lib/category';
import { priceInWords } from '../lib/price';
import { useSurroundings } from '../surroundings';
import { Fact } from './Fact';
import { Icon } from './Icon';
import { Time } from './Time';
import styles from './Facts.module.css';

interface FactsProps {
  module: ModuleDetail;
  /** With its key and dependencies on the page of one version. */
  release?: VersionSummary | VersionDetail | undefined;
}

export function Facts({ module, release }: FactsProps) {
  const { messages, format } = useLocale();
  const { registryUrl } = useSurroundings();
  const words = messages.facts;
  const { listing } = module;
  const detail = release && 'key_id' in release ? release : undefined;
  return (
    <dl className={styles.facts}>
      <Fact name={words.publisher}>{module.publisher.display_name}</Fact>
      <Fact name={words.price}>{priceInWords(listing.pricing, messages, format)}</Fact>
      <Fact name={words.trial}>
        {listing.trial_days > 0 && messages.pricing.trial(listing.trial_days)}
      </Fact>
      <Fact name={words.license}>{module.license}</Fact>
      <Fact name={words.category}>{module.category && categoryInWords(module.category)}</Fact>
      <Fact name={words.tags}>{module.tags.join(', ')}</Fact>
      <Fact name={messages.module.released}>{release && <Time at={release.released_at} />}</Fact>
      <Fact name={words.firstReleased}>
        <Time at={module.created_at} />
      </Fact>
      <Fact name={words.platform}>{release?.adx_core_version}</Fact>
      {detail && detail.dependencies.length > 0 && (
        <Fact name={words.dependencies}>
          <ul>
            {detail.dependencies.map((dependency) => (
              <li key={dependency.module}>
                <Link to={`/modules/${dependency.module}`}>{dependency.module}</Link>{' '}
                <span className={styles.quiet}>{dependency.requirement}</span>
              </li>
            ))}
          </ul>
        </Fact>
      )}
      <Fact name={words.demo}>{listing.demo && <Outside href={listing.demo} />}</Fact>
      <Fact name={words.documentation}>
        {listing.documentation && <Outside href={listing.documentation} />}
      </Fact>
      <Fact name={words.support}>{listing.support && <Contact at={listing.support} />}</Fact>
      <Fact name={words.homepage}>{module.homepage && <Outside href={module.homepage} />}</Fact>
      <Fact name={words.repository}>
        {module.repository && <Outside href={module.repository} />}
      </Fact>
      {release && (
        <>
          <Fact name={words.package}>
            <a href={`${registryUrl}/packages/${release.sha256}.adxm`} download>
              {words.download}
            </a>{' '}
            <span className={styles.quiet}>{format.size(release.size_bytes)}</span>
          </Fact>
          <Fact name={words.sha256}>
            <code className={styles.digest}>{release.sha256}</code>
          </Fact>
        </>
      )}
      <Fact name={words.sbom}>
        {detail?.sbom_url && (
          <a href={`${registryUrl}${detail.sbom_url}`} download="sbom.cdx.json">
            {words.downloadSbom}
          </a>
        )}
      </Fact>
      {detail && (
        <Fact name={words.key}>
          <code className={styles.digest}>{detail.key_id}</code>
        </Fact>
      )}
    </dl>
  );
}

/** A mail address, or a page. */
function Contact({ at }: { at: string }) {
  if (at.includes('://')) return <Outside href={at} />;
  return <a href={`mailto:${at}`}>{at}</a>;
}

/** A link out, shown as where it leads. What is not http(s) is shown and not linked. */
function Outside({ href }: { href: string }) {
  if (!/^https?:\/\//i.test(href)) return href;
  return (
    <a href={href} rel="nofollow noopener external" className={styles.outside}>
      {href.replace(/^https?:\/\/(www\.)?/i, '').replace(/\/$/, '')}
      <Icon shape="external" />
    </a>
  );
}

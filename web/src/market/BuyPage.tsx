import { useCallback } from 'react';
import { Link, useParams } from 'react-router';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import { Command } from '../components/Command';
import { Notice } from '../components/Notice';
import { PageHeading } from '../components/PageHeading';
import { Trail } from '../components/Trail';
import { useLocale } from '../i18n/locale';
import { priceInWords } from '../lib/price';
import { useResource } from '../lib/useResource';
import { FailurePage } from '../pages/FailurePage';
import { useSurroundings } from '../surroundings';
import { BuyForm } from './BuyForm';
import styles from './market.module.css';

/** Where a module is bought, or tried. */
export function BuyPage() {
  const { namespace = '', name = '' } = useParams();
  const { messages } = useLocale();
  const words = messages.market.buy;
  return (
    <SignedIn title={words.title(`${namespace}/${name}`)} detail={words.signInFirst}>
      {(_, csrf) => (
        <div className={styles.page}>
          <Loaded key={`${namespace}/${name}`} namespace={namespace} name={name} csrf={csrf} />
        </div>
      )}
    </SignedIn>
  );
}

interface LoadedProps {
  namespace: string;
  name: string;
  csrf: string;
}

function Loaded({ namespace, name, csrf }: LoadedProps) {
  const { messages, format, language } = useLocale();
  const { registry } = useSurroundings();
  const { market } = useSession();
  const words = messages.market.buy;
  const loaded = useResource(
    useCallback(
      async (signal: AbortSignal) => {
        const [module, tenants] = await Promise.all([
          registry.module({ namespace, name }, language, signal),
          market.tenants(signal),
        ]);
        return { module, tenants };
      },
      [registry, market, namespace, name, language],
    ),
  );
  if (loaded.status === 'failed') {
    return (
      <FailurePage
        problem={loaded.problem}
        notFound={messages.state.moduleNotFound(`${namespace}/${name}`)}
        onRetry={loaded.retry}
      />
    );
  }
  const known = loaded.status === 'ready' ? loaded.value : loaded.previous;
  if (!known) return <p role="status">{messages.state.loading}</p>;
  const { module, tenants } = known;
  const page = `/modules/${module.module}`;
  const title = words.title(module.display_name);
  return (
    <>
      <header className={styles.head}>
        <Trail
          steps={[
            { label: messages.module.all, to: '/' },
            { label: module.module, to: page },
            { label: messages.market.offer.buy },
          ]}
        />
        <PageHeading title={title} className={styles.heading}>
          {title}
        </PageHeading>
        <p className={styles.quiet}>{priceInWords(module.listing.pricing, messages, format)}</p>
      </header>
      {module.listing.pricing.model === 'free' ? (
        <>
          <p>
            {words.free} {words.freeDetail}
          </p>
          <Command label={words.installCommand} text={`adx install ${module.module} --activate`} />
        </>
      ) : tenants.length === 0 ? (
        <Notice title={words.noTenant} detail={words.noTenantDetail}>
          <Link
            to="/account/tenants/new"
            state={{ next: `/buy/${module.module}` }}
            className="button primary"
          >
            {messages.market.tenants.register}
          </Link>
        </Notice>
      ) : (
        <BuyForm module={module} tenants={tenants} csrf={csrf} />
      )}
    </>
  );
}

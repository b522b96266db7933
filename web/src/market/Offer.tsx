import { Link } from 'react-router';
import type { ModuleDetail } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { priceInWords } from '../lib/price';
import { useSurroundings } from '../surroundings';
import styles from './market.module.css';

/** What a module costs, and the ways to buy it or to try it. */
export function Offer({ module }: { module: ModuleDetail }) {
  const { messages, format } = useLocale();
  const words = messages.market.offer;
  const { pricing, trial_days } = module.listing;
  const isPaid = pricing.model !== 'free';
  return (
    <section aria-labelledby="adx-offer">
      <h2 id="adx-offer">{words.title}</h2>
      <p className={styles.price}>{priceInWords(pricing, messages, format)}</p>
      {isPaid && trial_days > 0 && <p className={styles.quiet}>{words.trialNote(trial_days)}</p>}
      {isPaid && <Ways module={module} />}
    </section>
  );
}

function Ways({ module: { module, listing } }: { module: ModuleDetail }) {
  const { messages } = useLocale();
  const { registryUrl } = useSurroundings();
  const words = messages.market.offer;
  const page = `/buy/${module}`;
  // Whoever is shown the pages elsewhere buys where they are signed in: on the registry's own site.
  if (registryUrl !== '') {
    return (
      <p className={styles.ways}>
        <a href={registryUrl + page} rel="noopener external" className="button primary">
          {words.elsewhere}
        </a>
      </p>
    );
  }
  return (
    <p className={styles.ways}>
      <Link to={page} className="button primary" aria-label={words.buyOf(module)}>
        {words.buy}
      </Link>
      {listing.trial_days > 0 && (
        <Link to={`${page}?trial`} className="button">
          {words.try(listing.trial_days)}
        </Link>
      )}
    </p>
  );
}

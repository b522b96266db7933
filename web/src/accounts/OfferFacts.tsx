import { Fragment, type ReactNode } from 'react';
import { useLocale } from '../i18n/locale';
import styles from './OfferFacts.module.css';

/** What is offered, in names and values, before anybody accepts it. */
export function OfferFacts({ facts }: { facts: [name: string, value: ReactNode][] }) {
  const { messages } = useLocale();
  return (
    <section aria-label={messages.publishers.offered}>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}

import { useCallback } from 'react';
import { Link } from 'react-router';
import { useSession } from '../accounts/session';
import { Failure } from '../components/Failure';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { StateOf } from './StateOf';
import styles from './market.module.css';

/** What a tenant may use, or might, each by the order that it is of. */
export function Licences({ tenant }: { tenant: string }) {
  const { messages } = useLocale();
  const { market } = useSession();
  const list = useResource(
    useCallback((signal: AbortSignal) => market.licences(tenant, signal), [market, tenant]),
  );
  const words = messages.market.tenants;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const licences = list.status === 'ready' ? list.value : list.previous;
  if (!licences) return <p role="status">{messages.state.loading}</p>;
  if (licences.length === 0) return <p className={styles.quiet}>{words.noLicences}</p>;
  return (
    <ul className={styles.rows} aria-label={words.licences}>
      {licences.map(({ id, order, module, model, seats, state, until }) => (
        <li key={id}>
          <div className={styles.about}>
            <span>
              <Link to={`/account/orders/${order}`} className={styles.name}>
                {module}
              </Link>{' '}
              <StateOf state={state} words={words.licenceStates} />
            </span>
            <span className={styles.line}>
              <span>{messages.market.orders.models[model] ?? model}</span>
              {seats && <span>{messages.market.buy.seat(seats)}</span>}
              <span>
                {until ? (
                  <>
                    {words.licenceUntil} <Time at={until} />
                  </>
                ) : (
                  words.licenceForEver
                )}
              </span>
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}

import { useCallback, useState } from 'react';
import { Done } from '../accounts/Form';
import { useSession } from '../accounts/session';
import type { Coupon } from '../api/market';
import { Badge } from '../components/Badge';
import { Failure } from '../components/Failure';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { NewCoupon } from './NewCoupon';
import { moneyIn } from './state';
import styles from './market.module.css';

interface CouponsProps {
  namespace: string;
  mayMake: boolean;
  csrf: string;
}

/** What a publisher takes off its prices; owners make more. */
export function Coupons({ namespace, mayMake, csrf }: CouponsProps) {
  const { messages } = useLocale();
  const { market } = useSession();
  const [made, setMade] = useState<string>();
  const list = useResource(
    useCallback((signal: AbortSignal) => market.coupons(namespace, signal), [market, namespace]),
  );
  const words = messages.market.sales;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const coupons = list.status === 'ready' ? list.value : list.previous;
  if (!coupons) return <p role="status">{messages.state.loading}</p>;
  return (
    <>
      <p className={styles.quiet}>{words.couponsDetail}</p>
      {made && <Done>{words.made(made)}</Done>}
      {coupons.length === 0 ? (
        <p>{words.noCoupons}</p>
      ) : (
        <ul className={styles.rows} aria-label={words.couponList}>
          {coupons.map((coupon) => (
            <Row key={coupon.code} coupon={coupon} />
          ))}
        </ul>
      )}
      {mayMake && (
        <NewCoupon
          namespace={namespace}
          csrf={csrf}
          onStart={() => {
            setMade(undefined);
          }}
          onMade={(code) => {
            setMade(code);
            list.retry();
          }}
        />
      )}
    </>
  );
}

function Row({ coupon }: { coupon: Coupon }) {
  const { messages, format } = useLocale();
  const [now] = useState(() => Date.now());
  const words = messages.market.sales;
  const { code, module, part, amount, periods, most, used, expires_at } = coupon;
  const off = amount ? moneyIn(amount, format) : format.percent((part ?? 0) / 10_000);
  const isOver =
    (expires_at != null && Date.parse(expires_at) <= now) || (most != null && used >= most);
  return (
    <li>
      <div className={styles.about}>
        <span>
          <code className={styles.name}>{code}</code>{' '}
          {isOver && <Badge tone="plain">{words.over}</Badge>}
        </span>
        <span className={styles.line}>
          <span>
            {words.takesOff(off)} {module ? words.ofModule(module) : words.ofAll},{' '}
            {periods ? words.forPeriods(periods) : words.forAll}
          </span>
          <span>{words.used(used, most ?? undefined)}</span>
          {expires_at && (
            <span>
              {words.until} <Time at={expires_at} />
            </span>
          )}
        </span>
      </div>
    </li>
  );
}

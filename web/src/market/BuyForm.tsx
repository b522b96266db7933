import { useRef, useState } from 'react';
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router';
import { Field, Form, Options, Select, type Values } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { NewOrder, OrderQuote, Tenant } from '../api/market';
import { Problem } from '../api/problem';
import type { ModuleDetail } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { MAX_COUPON, MAX_SEATS, MAX_SHORT } from './limits';
import { newKey } from './newKey';
import { Summary } from './Summary';
import { isSame, useQuote } from './useQuote';
import styles from './market.module.css';

interface BuyFormProps {
  module: ModuleDetail;
  /** At least one. */
  tenants: Tenant[];
  csrf: string;
}

/** What is wanted and for whom, with what it costs, which follows every change. */
export function BuyForm({ module, tenants, csrf }: BuyFormProps) {
  const { messages, format } = useLocale();
  const { market } = useSession();
  const action = useAction();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [params] = useSearchParams();
  const { trial_days, pricing } = module.listing;
  const isPerSeat = pricing.per_seat ?? false;
  const asked = params.get('tenant');
  const first = tenants.find(({ tenant }) => tenant === asked) ?? tenants[0];
  const [wish, setWish] = useState<NewOrder>({
    tenant: first?.tenant ?? '',
    module: module.module,
    trial: trial_days > 0 && params.has('trial'),
    ...(isPerSeat ? { seats: 1 } : {}),
  });
  const quote = useQuote(csrf, wish);
  /** What was sent last, and under which key: what fails on the way is sent again as the same order. */
  const sent = useRef({ text: '', key: '' });
  const words = messages.market.buy;
  const tenant = tenants.find((known) => known.tenant === wish.tenant);

  const read = (value: Values): NewOrder => {
    const trial = value('kind') === 'trial';
    const coupon = trial ? '' : value('coupon').trim();
    const costCentre = value('cost_centre').trim();
    return {
      tenant: value('tenant'),
      module: module.module,
      trial,
      ...(isPerSeat ? { seats: Number(value('seats')) } : {}),
      ...(coupon ? { coupon } : {}),
      ...(costCentre ? { cost_centre: costCentre } : {}),
    };
  };
  const place = async (value: Values) => {
    const order = read(value);
    // Nobody pays a price that was not shown.
    const now = await market.quote(csrf, order);
    if (now.total && !isSame(quote.shown, now)) {
      setWish(order);
      quote.reckon();
      throw new Problem(409, '', words.changed);
    }
    const text = JSON.stringify(order);
    if (sent.current.text !== text) sent.current = { text, key: newKey() };
    const placed = await market.order(csrf, sent.current.key, order);
    await navigate(`/account/orders/${placed.id}`, { state: 'placed' });
  };
  const submitWords = (shown: OrderQuote | undefined) => {
    if (shown && !shown.may_buy) return words.ask;
    if (wish.trial) return words.startTrial;
    return shown?.total
      ? words.order(format.money(shown.total.amount_minor, shown.total.currency))
      : words.orderFree;
  };

  return (
    <Form
      action={action}
      submit={submitWords(quote.shown)}
      isMain
      label={words.title(module.display_name)}
      onChange={(value) => {
        setWish(read(value));
      }}
      onSubmit={place}
    >
      <Select
        name="tenant"
        label={words.tenant}
        hint={words.tenantHint}
        options={tenants.map(({ tenant: value }) => ({ value, label: value }))}
        chosen={wish.tenant}
      />
      <p className={styles.under}>
        <Link to="/account/tenants/new" state={{ next: pathname }}>
          {words.otherTenant}
        </Link>
      </p>
      {trial_days > 0 && (
        <Options
          name="kind"
          label={words.kind}
          options={[
            { value: 'buy', label: words.buyIt },
            { value: 'trial', label: words.tryIt(trial_days), hint: words.tryHint },
          ]}
          chosen={wish.trial ? 'trial' : 'buy'}
        />
      )}
      <div className={styles.fields}>
        {isPerSeat && (
          <Field
            name="seats"
            type="number"
            label={words.seats}
            hint={words.seatsHint}
            autoComplete="off"
            inputMode="numeric"
            min={1}
            max={MAX_SEATS}
            defaultValue="1"
          />
        )}
        {!wish.trial && (
          <Field
            name="coupon"
            label={words.coupon}
            hint={words.couponHint}
            autoComplete="off"
            maxLength={MAX_COUPON}
            required={false}
          />
        )}
        <Field
          name="cost_centre"
          label={words.costCentre}
          hint={words.costCentreHint}
          autoComplete="off"
          maxLength={MAX_SHORT}
          required={false}
        />
      </div>
      <Summary quote={quote} tenant={tenant} />
    </Form>
  );
}

import { Area, Field, type Values } from '../accounts/Form';
import type { Tenant, TenantChange } from '../api/market';
import { Problem } from '../api/problem';
import { useLocale } from '../i18n/locale';
import { minorOf, typed } from '../lib/amount';
import { MAX_BILL } from './limits';
import styles from './market.module.css';

/** The currency that is suggested where none was chosen. */
const CURRENCY = 'EUR';

/** What can be changed of a tenant. What may be spent is asked where there is somebody who may not decide alone. */
export function TenantFields({ tenant, withCap }: { tenant?: Tenant; withCap: boolean }) {
  const { messages } = useLocale();
  const words = messages.market.tenants;
  const cap = tenant?.spending_cap;
  return (
    <>
      <Area
        name="bill_to"
        label={words.billTo}
        hint={words.billToHint}
        maxLength={MAX_BILL}
        defaultValue={tenant?.bill_to}
      />
      <Field
        name="bill_mail"
        type="email"
        label={words.billMail}
        hint={words.billMailHint}
        autoComplete="off"
        required={false}
        defaultValue={tenant?.bill_mail ?? undefined}
      />
      {withCap && (
        <div className={styles.fields}>
          <Field
            name="cap"
            label={words.cap}
            hint={words.capHint}
            autoComplete="off"
            inputMode="decimal"
            required={false}
            defaultValue={cap ? typed(cap.amount_minor, cap.currency) : undefined}
          />
          <Field
            name="currency"
            label={words.currency}
            hint={words.currencyHint}
            autoComplete="off"
            minLength={3}
            maxLength={3}
            required={false}
            defaultValue={cap?.currency ?? CURRENCY}
          />
        </div>
      )}
    </>
  );
}

/** Reads these fields. Throws a `Problem`, in the given words, where what may be spent is no amount. */
export function readTenant(value: Values, badAmount: string): TenantChange {
  const mail = value('bill_mail').trim();
  const cap = value('cap').trim();
  const currency = value('currency').trim().toUpperCase();
  const minor = cap ? minorOf(cap, currency) : undefined;
  if (cap && minor === undefined) throw new Problem(422, '', badAmount);
  return {
    bill_to: value('bill_to').trim(),
    ...(mail ? { bill_mail: mail } : {}),
    ...(minor === undefined ? {} : { spending_cap: { amount_minor: minor, currency } }),
  };
}

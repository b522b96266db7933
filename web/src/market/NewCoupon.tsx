import { useState } from 'react';
import { Field, Form, Options, type Values } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { NewCoupon as Wanted } from '../api/market';
import { Problem } from '../api/problem';
import { useLocale } from '../i18n/locale';
import { minorOf } from '../lib/amount';
import { MAX_COUPON, MAX_SEATS } from './limits';
import styles from './market.module.css';

/** The largest part, in hundredths of a percent: all of it. */
const WHOLE = 10_000;

interface NewCouponProps {
  namespace: string;
  csrf: string;
  /** Told that one is about to be made. */
  onStart: () => void;
  /** Told that it is, with its code. */
  onMade: (code: string) => void;
}

/** Makes a coupon, of a part of the price or of an amount. */
export function NewCoupon({ namespace, csrf, onStart, onMade }: NewCouponProps) {
  const { messages } = useLocale();
  const { market } = useSession();
  const action = useAction();
  const [isAmount, setAmount] = useState(false);
  const words = messages.market.sales;
  return (
    <>
      <h3>{words.newCoupon}</h3>
      <Form
        action={action}
        submit={words.make}
        label={words.newCoupon}
        onSubmit={async (value) => {
          onStart();
          const wanted = read(value, isAmount, words);
          const { code } = await market.createCoupon(csrf, namespace, wanted);
          // The form goes back to what it was, and so does what it asks for.
          setAmount(false);
          onMade(code);
        }}
      >
        <div className={styles.fields}>
          <Field
            name="code"
            label={words.code}
            hint={words.codeHint}
            autoComplete="off"
            minLength={3}
            maxLength={MAX_COUPON}
          />
          <Field
            name="module"
            label={words.module}
            hint={words.moduleHint}
            autoComplete="off"
            required={false}
          />
        </div>
        <Options
          name="off"
          label={words.off}
          options={[
            { value: 'part', label: words.offs.part },
            { value: 'amount', label: words.offs.amount },
          ]}
          onChoose={(off) => {
            setAmount(off === 'amount');
          }}
        />
        <div className={styles.fields}>
          {isAmount ? (
            <>
              <Field name="amount" label={words.amount} autoComplete="off" inputMode="decimal" />
              <Field
                name="currency"
                label={words.currency}
                autoComplete="off"
                minLength={3}
                maxLength={3}
                defaultValue="EUR"
              />
            </>
          ) : (
            <Field
              name="part"
              label={words.part}
              hint={words.partHint}
              autoComplete="off"
              inputMode="decimal"
            />
          )}
        </div>
        <div className={styles.fields}>
          <Field
            name="periods"
            type="number"
            label={words.periods}
            hint={words.periodsHint}
            autoComplete="off"
            min={1}
            max={MAX_SEATS}
            required={false}
          />
          <Field
            name="most"
            type="number"
            label={words.most}
            hint={words.mostHint}
            autoComplete="off"
            min={1}
            max={MAX_SEATS}
            required={false}
          />
          <Field
            name="expires"
            type="date"
            label={words.expires}
            hint={words.expiresHint}
            autoComplete="off"
            required={false}
          />
        </div>
      </Form>
    </>
  );
}

/** Reads the form. Throws a `Problem` where what is taken off is nothing that can be. */
function read(
  value: Values,
  isAmount: boolean,
  words: { badPart: string; badAmount: string },
): Wanted {
  const module = value('module').trim();
  const [periods, most, last] = [value('periods'), value('most'), value('expires')];
  return {
    code: value('code').trim().toUpperCase(),
    ...(module ? { module } : {}),
    ...(isAmount ? readAmount(value, words.badAmount) : readPart(value, words.badPart)),
    ...(periods ? { periods: Number(periods) } : {}),
    ...(most ? { most: Number(most) } : {}),
    ...(last ? { expires_at: `${last}T23:59:59Z` } : {}),
  };
}

function readPart(value: Values, bad: string): Pick<Wanted, 'part'> {
  // Percents have two digits after their point, as euros have.
  const part = minorOf(value('part'), 'EUR');
  if (part === undefined || part < 1 || part > WHOLE) throw new Problem(422, '', bad);
  return { part };
}

function readAmount(value: Values, bad: string): Pick<Wanted, 'amount'> {
  const currency = value('currency').trim().toUpperCase();
  const amount_minor = minorOf(value('amount'), currency);
  if (!amount_minor) throw new Problem(422, '', bad);
  return { amount: { amount_minor, currency } };
}

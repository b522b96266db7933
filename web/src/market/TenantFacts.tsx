import { useState } from 'react';
import { Done, Form } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { Tenant } from '../api/market';
import { Fact } from '../components/Fact';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { useTold } from '../moderation/useTold';
import { moneyIn } from './state';
import { readTenant, TenantFields } from './TenantFields';
import styles from './market.module.css';

interface TenantFactsProps {
  tenant: Tenant;
  mayChange: boolean;
  csrf: string;
  /** Told that it is not as it was. */
  onChange: () => void;
}

/** To whom invoices are made out and what may be spent; whoever decides changes it in place. */
export function TenantFacts({ tenant, mayChange, csrf, onChange }: TenantFactsProps) {
  const { messages, format } = useLocale();
  const [isChanging, setChanging] = useState(false);
  const { told, tell, place } = useTold(isChanging);
  const words = messages.market.tenants;
  if (isChanging) {
    return (
      <Change
        tenant={tenant}
        csrf={csrf}
        onCancel={() => {
          setChanging(false);
        }}
        onDone={() => {
          tell(words.changed);
          setChanging(false);
          onChange();
        }}
      />
    );
  }
  const isOrganisations = tenant.buyer === 'organisation';
  return (
    <>
      {told && <Done ref={place}>{told}</Done>}
      <dl className={styles.facts}>
        <Fact name={words.billTo}>
          <span className={styles.bill}>{tenant.bill_to}</span>
        </Fact>
        <Fact name={words.billMail}>{tenant.bill_mail ?? words.noBillMail}</Fact>
        {isOrganisations && (
          <Fact name={words.cap}>
            {tenant.spending_cap ? moneyIn(tenant.spending_cap, format) : words.noCap}
          </Fact>
        )}
        <Fact name={words.since}>
          <Time at={tenant.created_at} />
        </Fact>
      </dl>
      {mayChange && (
        <div>
          <button
            type="button"
            className="button"
            onClick={() => {
              tell(undefined);
              setChanging(true);
            }}
          >
            {words.change}
          </button>
        </div>
      )}
    </>
  );
}

interface ChangeProps {
  tenant: Tenant;
  csrf: string;
  onCancel: () => void;
  onDone: () => void;
}

function Change({ tenant, csrf, onCancel, onDone }: ChangeProps) {
  const { messages } = useLocale();
  const { market } = useSession();
  const action = useAction();
  const words = messages.market.tenants;
  return (
    <Form
      action={action}
      submit={words.save}
      label={words.change}
      onCancel={onCancel}
      onSubmit={async (value) => {
        await market.changeTenant(csrf, tenant.tenant, readTenant(value, words.badAmount));
        onDone();
      }}
    >
      <TenantFields tenant={tenant} withCap={tenant.buyer === 'organisation'} />
    </Form>
  );
}

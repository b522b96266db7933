import { useCallback } from 'react';
import { useLocation, useParams } from 'react-router';
import { Done } from '../accounts/Form';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import type { Account } from '../api/accounts';
import type { OrderDetail } from '../api/market';
import { Command } from '../components/Command';
import { PageHeading } from '../components/PageHeading';
import { ModuleSkeleton } from '../components/Skeleton';
import { Trail } from '../components/Trail';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { FailurePage } from '../pages/FailurePage';
import { Section } from '../submissions/Section';
import { Card } from './Card';
import { Decide } from './Decide';
import { Invoices } from './Invoices';
import { NotePaid } from './NotePaid';
import { OrderFacts } from './OrderFacts';
import { OrderJourney } from './OrderJourney';
import { Pay } from './Pay';
import { mayBuy, partIn, type Part } from './part';
import { meaningOf } from './state';
import { StateOf } from './StateOf';
import styles from '../submissions/page.module.css';

/** An order: how far it has come, what is to be done, and what happened to it. */
export function OrderPage() {
  const { id = '' } = useParams();
  const { messages } = useLocale();
  return (
    <SignedIn title={messages.market.orders.title}>
      {(account, csrf) => <Loaded key={id} id={id} account={account} csrf={csrf} />}
    </SignedIn>
  );
}

function Loaded({ id, account, csrf }: { id: string; account: Account; csrf: string }) {
  const { messages } = useLocale();
  const { market, accounts } = useSession();
  const words = messages.market.orders;
  const loaded = useResource(
    useCallback(
      async (signal: AbortSignal) => {
        const detail = await market.orderDetail(id, signal);
        const { tenant: name } = detail.order;
        const [tenant, mine, memberships, seesMoney] = await Promise.all([
          market.tenant(name, signal),
          market.tenants(signal),
          accounts.publishers(),
          market.seesMoneyOf(name, signal),
        ]);
        return { detail, part: partIn(tenant, mine, memberships, seesMoney), seesMoney };
      },
      [market, accounts, id],
    ),
  );
  if (loaded.status === 'failed') {
    return (
      <FailurePage problem={loaded.problem} notFound={words.notFound} onRetry={loaded.retry} />
    );
  }
  const known = loaded.status === 'ready' ? loaded.value : loaded.previous;
  if (!known) return <ModuleSkeleton title={words.title} />;
  return <Shown {...known} account={account} csrf={csrf} onChange={loaded.retry} />;
}

interface ShownProps {
  detail: OrderDetail;
  part: Part;
  /** Whether the reader sees what is about the tenant's money. */
  seesMoney: boolean;
  account: Account;
  csrf: string;
  /** Told that something happened to it. */
  onChange: () => void;
}

function Shown({ detail, part, seesMoney, account, csrf, onChange }: ShownProps) {
  const { messages, format } = useLocale();
  const location = useLocation();
  const words = messages.market.orders;
  const { order, events, invoices } = detail;
  const isAsker = order.placed_by === `account:${account.id}`;
  const placed = location.state === 'placed' ? words.done[order.state] : undefined;
  return (
    <article className={styles.page}>
      <header className={styles.head}>
        <Trail
          steps={[
            part === 'none'
              ? { label: words.title, to: '/orders' }
              : { label: messages.market.tenants.title, to: '/account/tenants' },
            { label: order.tenant, to: `/account/tenants/${order.tenant}` },
            { label: order.module },
          ]}
        />
        <PageHeading title={words.order(order.module)} className={styles.heading}>
          {words.order(order.module)}
        </PageHeading>
        <p className={styles.line}>
          <StateOf state={order.state} words={words.states} />
          <span>{meaningOf(order, messages, format)}</span>
        </p>
        {placed && <Done>{placed}</Done>}
      </header>
      <div className={styles.columns}>
        <div className={styles.main}>
          {order.state === 'active' && part !== 'none' && (
            <div className={styles.section}>
              <p>{words.installDetail}</p>
              <Command
                label={words.install}
                text={`adx install ${order.module} --tenant ${order.tenant} --activate`}
              />
            </div>
          )}
          {detail.instructions && (
            <Section title={words.pay}>
              <Pay instructions={detail.instructions} page={detail.page ?? undefined} />
            </Section>
          )}
          {detail.by_card && mayBuy(part) && (
            <Section title={words.card}>
              <Card order={order} csrf={csrf} />
            </Section>
          )}
          {invoices.length > 0 && (
            <Section title={words.invoices}>
              {seesMoney ? (
                <Invoices numbers={invoices} />
              ) : (
                <p>{messages.market.tenants.notForMoney}</p>
              )}
            </Section>
          )}
          {part !== 'none' && (
            <Decide
              order={order}
              isAsker={isAsker}
              mayBuy={mayBuy(part)}
              csrf={csrf}
              onChange={onChange}
            />
          )}
          {account.is_operator && order.due && (
            <Section title={words.operator}>
              <NotePaid order={order} csrf={csrf} onChange={onChange} />
            </Section>
          )}
          <Section title={words.journey}>
            <OrderJourney events={events} self={account.id} />
          </Section>
        </div>
        <div className={styles.side}>
          <OrderFacts order={order} />
        </div>
      </div>
    </article>
  );
}

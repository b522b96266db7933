import { useCallback } from 'react';
import { useLocation } from 'react-router';
import type { Account, ConnectedIdentity } from '../api/accounts';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { leave } from '../lib/leave';
import { useResource } from '../lib/useResource';
import { FactorForm } from './FactorForm';
import { ActionProblem, Form } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';
import styles from './AccountPage.module.css';
import formStyles from './Form.module.css';

/** Why the provider of identities signed nobody in, as the address says it. A word that is not known says nothing. */
export function Refused() {
  const { messages } = useLocale();
  const { state } = useSession();
  const { search } = useLocation();
  const word = new URLSearchParams(search).get('refused') ?? '';
  const { openidRefused, addressTakenThere } = messages.accounts;
  const reasons: Record<string, string> =
    state?.passwords === false
      ? { ...openidRefused, 'address-taken': addressTakenThere }
      : openidRefused;
  const reason = Object.hasOwn(reasons, word) ? reasons[word] : undefined;
  if (!reason) return null;
  return (
    <p role="alert" className={formStyles.problem}>
      {reason}
    </p>
  );
}

/** Goes to the provider to sign in. */
export function SignInAt({ provider }: { provider: string }) {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const action = useAction();
  return (
    <Form
      action={action}
      submit={messages.accounts.signInAt(provider)}
      onSubmit={async () => {
        leave(await accounts.beginOpenId(undefined, {}));
      }}
    >
      {null}
    </Form>
  );
}

interface IdentitiesProps {
  account: Account;
  csrf: string;
  /** What people call the provider. */
  provider: string;
  /** Whether another one may be connected now. */
  canConnect: boolean;
}

/** By which identities of providers the person signs in, each with its end, and how to connect one. */
export function Identities({ account, csrf, provider, canConnect }: IdentitiesProps) {
  const { messages } = useLocale();
  const { accounts, state } = useSession();
  const load = useCallback(() => accounts.identities(), [accounts]);
  const list = useResource(load);
  const action = useAction();
  const words = messages.accounts;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const identities = list.status === 'ready' ? list.value : list.previous;
  if (!identities) return <p role="status">{messages.state.loading}</p>;
  return (
    <>
      {identities.length > 0 && (
        <ul className={styles.list}>
          {identities.map((identity) => (
            <Row
              key={identity.id}
              identity={identity}
              onDisconnect={() => {
                void action
                  .run(() => accounts.disconnectIdentity(csrf, identity.id))
                  .then(list.retry);
              }}
            />
          ))}
        </ul>
      )}
      <ActionProblem
        action={action}
        instead={{ 'last-way-in': state?.passwords === false ? words.onlyWayIn : words.lastWayIn }}
      />
      {canConnect && <Connect account={account} csrf={csrf} provider={provider} />}
    </>
  );
}

function Row({
  identity,
  onDisconnect,
}: {
  identity: ConnectedIdentity;
  onDisconnect: () => void;
}) {
  const { messages, format } = useLocale();
  const words = messages.accounts;
  const host = URL.canParse(identity.issuer) ? new URL(identity.issuer).host : identity.issuer;
  const when = format.dateTime(identity.connected_at);
  return (
    <li>
      <span>
        {host}
        <br />
        <span className={styles.quiet}>{`${words.connectedAt}: ${when}`}</span>
      </span>
      <button
        type="button"
        className="button"
        aria-label={words.disconnectOf(host, when)}
        onClick={onDisconnect}
      >
        {words.disconnect}
      </button>
    </li>
  );
}

function Connect({
  account,
  csrf,
  provider,
}: {
  account: Account;
  csrf: string;
  provider: string;
}) {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const words = messages.accounts;
  return (
    <>
      <p>{account.has_password ? words.connectDetail(provider) : words.connectAnother(provider)}</p>
      <FactorForm
        account={account}
        csrf={csrf}
        submit={words.connect(provider)}
        label={words.identities}
        onProof={async (proof) => {
          leave(await accounts.beginOpenId(csrf, proof));
        }}
      />
    </>
  );
}

import type { RefObject } from 'react';
import type { AccountState, ListedAccount } from '../api/moderation';
import { Badge, type BadgeTone } from '../components/Badge';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import { AskButton } from './AskButton';
import type { Disabling } from './DisableAccount';
import styles from './People.module.css';

const TONES: Record<AccountState, BadgeTone> = {
  active: 'plain',
  disabled: 'bad',
  unverified: 'warn',
  erased: 'plain',
};

interface PeopleTableProps {
  accounts: ListedAccount[];
  /** The account of whoever looks. */
  own: string;
  /** The rows of the table. */
  rows: RefObject<HTMLTableSectionElement | null>;
  /** Told what is to be asked. */
  onAsk: (asking: Disabling) => void;
}

/** Accounts, one a row, and what can be done about each. */
export function PeopleTable({ accounts, own, rows, onAsk }: PeopleTableProps) {
  const { messages } = useLocale();
  const words = messages.people;
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">{words.list}</caption>
      <thead>
        <tr>
          <th scope="col">{words.person}</th>
          <th scope="col">{words.verified}</th>
          <th scope="col">{words.factors}</th>
          <th scope="col">{words.signedIn}</th>
          <th scope="col">
            <span className="visually-hidden">{words.action}</span>
          </th>
        </tr>
      </thead>
      <tbody ref={rows}>
        {accounts.map((account) => (
          <Row key={account.id} account={account} isOwn={account.id === own} onAsk={onAsk} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  account: ListedAccount;
  isOwn: boolean;
  onAsk: (asking: Disabling) => void;
}

function Row({ account, isOwn, onAsk }: RowProps) {
  const { messages } = useLocale();
  const words = messages.people;
  const factors = [
    ...(account.has_one_time_passwords ? [words.oneTimePasswords] : []),
    ...(account.has_passkeys ? [words.passkeys] : []),
  ];
  const button = (disable: boolean, label: string, name: string) => (
    <AskButton
      name={name}
      onAsk={() => {
        onAsk({ account, disable });
      }}
    >
      {label}
    </AskButton>
  );
  return (
    <tr>
      <th scope="row">
        <span tabIndex={-1} data-result="" className={styles.name}>
          {account.name || account.email}
        </span>
        {account.name && <span className={styles.quiet}>{account.email}</span>}
        <span className={styles.badges}>
          {account.state !== 'active' && (
            <Badge tone={TONES[account.state]}>{words.states[account.state]}</Badge>
          )}
          {account.is_operator && <Badge tone="accent">{words.operator}</Badge>}
        </span>
        {account.state === 'disabled' && (
          <span className={styles.quiet}>
            {account.disabled_at && (
              <>
                {words.since} <Moment at={account.disabled_at} />:{' '}
              </>
            )}
            {account.disabled_for ?? words.reasonUnsaid}
          </span>
        )}
      </th>
      <td data-label={words.verified}>
        {account.verified_at ? <Moment at={account.verified_at} /> : words.notVerified}
      </td>
      <td data-label={words.factors}>{factors.length > 0 ? factors.join(', ') : words.noFactor}</td>
      <td data-label={words.signedIn}>
        {account.signed_in_at ? <Moment at={account.signed_in_at} /> : words.notKnown}
      </td>
      <td>
        {account.state === 'active' &&
          !isOwn &&
          button(true, words.disable, words.disableOf(account.email))}
        {account.state === 'disabled' && button(false, words.enable, words.enableOf(account.email))}
      </td>
    </tr>
  );
}

import type { Proposal } from '../api/publishers';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import { isStoppedByAny } from './describe';
import styles from '../publishing/PublishingPage.module.css';

/** What an owner can do about a proposal. */
export type Decision = 'approve' | 'withdraw' | 'object';

interface ProposalRowProps {
  proposal: Proposal;
  /** What it wants, in words. */
  what: string;
  /** The owner who is signed in; none for whoever is no owner. */
  decider: string | undefined;
  onDecide: (decision: Decision) => void;
}

/** One proposal: who wants what, who has approved, and what is to be done about it. */
export function ProposalRow({ proposal, what, decider, onDecide }: ProposalRowProps) {
  const { messages } = useLocale();
  const words = messages.publisherPages;
  const given = proposal.approvals.filter(({ counts }) => counts);
  const { state, effective_at, opened_by } = proposal;
  const button = (decision: Decision, label: string, name: string) => (
    <button
      type="button"
      className="button"
      aria-label={name}
      aria-haspopup="dialog"
      onClick={() => {
        onDecide(decision);
      }}
    >
      {label}
    </button>
  );
  return (
    <li>
      <div className={styles.about}>
        <span className={styles.name}>{what}</span>
        <span className={styles.line}>
          <span>
            {words.proposedBy(opened_by.name)}, <Moment at={proposal.opened_at} />
          </span>
          <span>
            {words.approvals(
              given.length,
              proposal.needed,
              given.map(({ name }) => name),
            )}
          </span>
        </span>
        <span className={styles.line}>
          <span>
            {state === 'announced' && effective_at ? (
              <>
                {words.doneOn} <Moment at={effective_at} />
              </>
            ) : (
              <>
                {words.openUntil} <Moment at={proposal.expires_at} />
              </>
            )}
          </span>
        </span>
      </div>
      {decider !== undefined && (
        <div className={styles.line}>
          {state === 'open' &&
            !given.some(({ owner }) => owner === decider) &&
            button('approve', words.approve, words.approveOf(what))}
          {opened_by.owner === decider
            ? button('withdraw', words.withdraw, words.withdrawOf(what))
            : isStoppedByAny(proposal) && button('object', words.object, words.objectOf(what))}
        </div>
      )}
    </li>
  );
}

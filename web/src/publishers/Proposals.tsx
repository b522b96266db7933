import { useState } from 'react';
import { Done, Field, Form } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { Proposal } from '../api/publishers';
import { useLocale } from '../i18n/locale';
import { useTold } from '../moderation/useTold';
import { describe } from './describe';
import { outcome } from './outcome';
import { ProposalRow, type Decision } from './ProposalRow';
import type { CouncilProps } from './Together';
import styles from '../publishing/PublishingPage.module.css';

interface Asked {
  proposal: Proposal;
  decision: Decision;
}

/** What owners are about to decide: what waits for approvals, or for its day. */
export function Proposals({ council, csrf, onChange }: CouncilProps) {
  const { messages } = useLocale();
  const [asked, ask] = useState<Asked>();
  const { told, tell, place } = useTold(asked !== undefined);
  const words = messages.publisherPages;
  const { as, members, owners, proposals } = council;
  const isOwner = as?.role === 'owner';
  const all = owners.owners.filter(({ state }) => state === 'accepted').length;
  const live = proposals.filter(({ state }) => state === 'open' || state === 'announced');
  const done = (what: string) => {
    tell(what);
    onChange();
  };
  return (
    <>
      <p className={styles.quiet}>{words.proposalsDetail}</p>
      {all > 0 && <p>{words.threshold(owners.threshold, all)}</p>}
      {told && <Done ref={place}>{told}</Done>}
      {live.length === 0 ? (
        <p>{words.noProposals}</p>
      ) : (
        <ul className={styles.list} aria-label={words.proposals}>
          {live.map((proposal) => (
            <ProposalRow
              key={proposal.id}
              proposal={proposal}
              what={describe(proposal, members, messages)}
              decider={isOwner ? as.member : undefined}
              onDecide={(decision) => {
                tell(undefined);
                ask({ proposal, decision });
              }}
            />
          ))}
        </ul>
      )}
      <Decide
        asked={asked}
        council={council}
        csrf={csrf}
        onClose={() => {
          ask(undefined);
        }}
        onDone={done}
      />
      {isOwner && all > 1 && (
        <Threshold
          namespace={owners.namespace}
          threshold={owners.threshold}
          all={all}
          csrf={csrf}
          onDone={done}
        />
      )}
    </>
  );
}

interface DecideProps extends Pick<CouncilProps, 'council' | 'csrf'> {
  asked: Asked | undefined;
  onClose: () => void;
  onDone: (told: string) => void;
}

/** Asks before somebody approves, withdraws or objects. */
function Decide({ asked, council, csrf, onClose, onDone }: DecideProps) {
  const locale = useLocale();
  const { publishers } = useSession();
  const { messages } = locale;
  const words = messages.publisherPages;
  const { namespace } = council.publisher;
  const what = asked ? describe(asked.proposal, council.members, messages) : '';
  const { question, detail, submit } = {
    approve: {
      question: words.approveQuestion,
      detail: words.approveDetail(what),
      submit: words.approve,
    },
    withdraw: {
      question: words.withdrawQuestion,
      detail: words.withdrawDetail(what),
      submit: words.withdraw,
    },
    object: {
      question: words.objectQuestion,
      detail: words.objectDetail(what),
      submit: words.object,
    },
  }[asked?.decision ?? 'approve'];
  return (
    <Question
      title={question}
      detail={detail}
      submit={submit}
      isOpen={asked !== undefined}
      onClose={onClose}
      onAnswer={async () => {
        if (!asked) return;
        const { proposal, decision } = asked;
        if (decision === 'approve') {
          const approved = await publishers.approve(csrf, namespace, proposal.id);
          onDone(
            approved.state === 'open' ? words.approved : outcome(approved, locale, words.done),
          );
        } else {
          await publishers.cancel(csrf, namespace, proposal.id);
          onDone(decision === 'object' ? words.objected : words.withdrawn);
        }
      }}
    />
  );
}

interface ThresholdProps {
  namespace: string;
  threshold: number;
  /** How many owners there are. */
  all: number;
  csrf: string;
  onDone: (told: string) => void;
}

/** Proposes how many owners have to approve from then on. */
function Threshold({ namespace, threshold, all, csrf, onDone }: ThresholdProps) {
  const locale = useLocale();
  const { publishers } = useSession();
  const action = useAction();
  const words = locale.messages.publisherPages;
  return (
    <Form
      action={action}
      submit={words.setThreshold}
      label={words.setThreshold}
      onSubmit={async (value) => {
        const wanted = { kind: 'set-threshold' as const, threshold: Number(value('threshold')) };
        onDone(outcome(await publishers.propose(csrf, namespace, wanted), locale, words.done));
      }}
    >
      <Field
        name="threshold"
        label={words.thresholdLabel}
        hint={words.thresholdHint(all)}
        inputMode="numeric"
        autoComplete="off"
        defaultValue={String(threshold)}
      />
    </Form>
  );
}

import { useCallback, useState } from 'react';
import { ActionProblem, Field, Form } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { Domain as Claim } from '../api/publishing';
import { Badge } from '../components/Badge';
import { Command } from '../components/Command';
import { Failure } from '../components/Failure';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import styles from './PublishingPage.module.css';

interface DomainProps {
  namespace: string;
  csrf: string;
}

/** The domain of a publisher with the record that shows that it holds it, or how to name one. */
export function Domain({ namespace, csrf }: DomainProps) {
  const { messages } = useLocale();
  const { publishing } = useSession();
  const loaded = useResource(
    useCallback(
      async (signal: AbortSignal) => ({ claim: await publishing.domain(namespace, signal) }),
      [publishing, namespace],
    ),
  );
  const ask = useAction();
  const words = messages.publishing;
  if (loaded.status === 'failed') {
    return <Failure problem={loaded.problem} onRetry={loaded.retry} />;
  }
  const known = loaded.status === 'ready' ? loaded.value : loaded.previous;
  if (!known) return <p role="status">{messages.state.loading}</p>;
  return (
    <>
      <p className={styles.quiet}>{words.domainDetail}</p>
      {known.claim && (
        <Claimed claim={known.claim} namespace={namespace} csrf={csrf} onChange={loaded.retry} />
      )}
      <h3>{known.claim ? words.anotherDomain : words.nameDomain}</h3>
      <Form
        action={ask}
        submit={words.showRecord}
        label={words.nameDomain}
        onSubmit={async (value) => {
          await publishing.askForDomain(csrf, namespace, value('domain').trim());
          loaded.retry();
        }}
      >
        <Field
          name="domain"
          label={words.domain}
          hint={known.claim ? words.anotherDomainHint : words.domainHint}
          autoComplete="off"
        />
      </Form>
    </>
  );
}

interface ClaimedProps extends DomainProps {
  claim: Claim;
  /** Told that it is not as it was. */
  onChange: () => void;
}

function Claimed({ claim, namespace, csrf, onChange }: ClaimedProps) {
  const { messages } = useLocale();
  const { publishing } = useSession();
  const verify = useAction();
  const [isAsked, ask] = useState(false);
  const words = messages.publishing;
  return (
    <>
      <div className={styles.about}>
        <span className={styles.line}>
          <span className={styles.name}>{claim.domain}</span>
          <Standing claim={claim} />
        </span>
        <span className={styles.line}>
          {claim.verified_at && (
            <span>
              {words.addedAt} <Time at={claim.verified_at} />
            </span>
          )}
          {claim.looked_at && (
            <span>
              {words.lookedAt} <Time at={claim.looked_at} />
            </span>
          )}
          {claim.ends_at && (
            <span>
              {words.endsAt} <Time at={claim.ends_at} />
            </span>
          )}
        </span>
      </div>
      <p>{words.record}</p>
      <Command label={words.recordName} text={claim.record_name} />
      <Command label={words.recordText} text={claim.record_text} />
      <ActionProblem action={verify} />
      <div className={styles.line}>
        <button
          type="button"
          className="button"
          aria-disabled={verify.isBusy}
          onClick={() => {
            void verify.run(() => publishing.verifyDomain(csrf, namespace)).then(onChange);
          }}
        >
          {verify.isBusy ? messages.accounts.working : words.verify}
        </button>
        <button
          type="button"
          className="button"
          aria-label={words.doWithoutOf(claim.domain)}
          onClick={() => {
            ask(true);
          }}
        >
          {words.doWithout}
        </button>
      </div>
      <Question
        title={words.doWithoutQuestion(claim.domain)}
        detail={words.doWithoutDetail}
        submit={words.doWithout}
        isOpen={isAsked}
        onClose={() => {
          ask(false);
        }}
        onAnswer={async () => {
          await publishing.forgetDomain(csrf, namespace);
          onChange();
        }}
      />
    </>
  );
}

function Standing({ claim }: { claim: Claim }) {
  const words = useLocale().messages.publishing;
  if (claim.missing_since) return <Badge tone="warn">{words.isMissing}</Badge>;
  return claim.verified_at ? (
    <Badge tone="accent">{words.isVerified}</Badge>
  ) : (
    <Badge tone="plain">{words.isUnverified}</Badge>
  );
}

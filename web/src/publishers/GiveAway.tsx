import { useState } from 'react';
import { Done, Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import { Fact } from '../components/Fact';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import { useTold } from '../moderation/useTold';
import { MAX_NAME } from './limits';
import { outcome } from './outcome';
import type { CouncilProps } from './Together';
import styles from '../submissions/page.module.css';

/** To whom a namespace is offered, which owners propose and any of them takes back. */
export function GiveAway({ council, csrf, onChange }: CouncilProps) {
  const locale = useLocale();
  const { publishers } = useSession();
  const [isAsked, ask] = useState(false);
  const { told, tell, place } = useTold(isAsked);
  const { messages } = locale;
  const words = messages.publisherPages;
  const { publisher, as, transfer } = council;
  const { namespace } = publisher;
  const done = (what: string) => {
    tell(what);
    onChange();
  };
  const close = () => {
    ask(false);
  };
  return (
    <>
      <p className={styles.quiet}>{words.transferDetail}</p>
      {told && <Done ref={place}>{told}</Done>}
      {transfer ? (
        <dl className={styles.facts}>
          <Fact name={words.offeredTo}>
            {[transfer.name, transfer.email].filter(Boolean).join(', ')}
          </Fact>
          <Fact name={words.offeredOn}>
            <Moment at={transfer.offered_at} />
          </Fact>
          <Fact name={messages.publishers.until}>
            <Moment at={transfer.expires_at} />
          </Fact>
        </dl>
      ) : (
        <p>{words.noOffer}</p>
      )}
      {as?.role === 'owner' && (
        <div className={styles.actions}>
          <button
            type="button"
            className="button"
            aria-haspopup="dialog"
            onClick={() => {
              tell(undefined);
              ask(true);
            }}
          >
            {transfer ? words.takeBack : words.offer}
          </button>
        </div>
      )}
      {transfer ? (
        <Question
          title={words.takeBackQuestion}
          detail={words.takeBackDetail}
          submit={words.takeBack}
          isOpen={isAsked}
          onClose={close}
          onAnswer={async () => {
            await publishers.withdrawTransfer(csrf, namespace);
            done(words.takenBack);
          }}
        />
      ) : (
        <Question
          title={words.offerQuestion(namespace)}
          detail={words.offerDetail}
          submit={words.offer}
          isOpen={isAsked}
          onClose={close}
          onAnswer={async (value) => {
            const who = { name: value('name').trim(), email: value('email').trim() };
            const action = { kind: 'transfer' as const, ...who };
            const proposal = await publishers.propose(csrf, namespace, action);
            done(outcome(proposal, locale, words.offered(who.email)));
          }}
        >
          <Field
            name="name"
            label={messages.accounts.name}
            hint={messages.accounts.nameHint}
            autoComplete="off"
            maxLength={MAX_NAME}
          />
          <Field name="email" type="email" label={messages.accounts.email} autoComplete="off" />
        </Question>
      )}
    </>
  );
}

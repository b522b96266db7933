import { useState } from 'react';
import { Done, Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { Order } from '../api/market';
import { useLocale } from '../i18n/locale';
import { useTold } from '../moderation/useTold';
import { MAX_REASON } from '../submissions/limits';
import { cancellation } from './state';
import styles from './market.module.css';

interface DecideProps {
  order: Order;
  /** Whether it is the reader who asked for it. */
  isAsker: boolean;
  mayBuy: boolean;
  csrf: string;
  /** Told that it is not as it was. */
  onChange: () => void;
}

/** What whoever may buy decides about an order, and how it is cancelled, by whoever asked too until it is approved. */
export function Decide({ order, isAsker, mayBuy, csrf, onChange }: DecideProps) {
  const { messages, format } = useLocale();
  const { market } = useSession();
  const [asked, ask] = useState<'approve' | 'refuse' | 'cancel'>();
  const { told, tell, place } = useTold(asked !== undefined);
  const words = messages.market.orders;
  const isWaiting = order.state === 'created';
  const cancelled = cancellation(order, messages, format);
  const decides = isWaiting && mayBuy;
  // Who decides declines what somebody else asked for.
  const cancels = cancelled !== undefined && (isWaiting ? isAsker : mayBuy);
  const until = order.until ? format.date(order.until) : undefined;
  if (!told && !decides && !cancels) return null;
  const open = (which: typeof asked) => () => {
    tell(undefined);
    ask(which);
  };
  const close = () => {
    ask(undefined);
  };
  const done = (what: string) => {
    tell(what);
    onChange();
  };
  return (
    <div className={decides ? styles.decide : styles.cancel}>
      {told && <Done ref={place}>{told}</Done>}
      {decides && <p>{words.decideDetail(isAsker ? words.youAsk : words.somebodyAsks)}</p>}
      <div className={styles.ways}>
        {decides && (
          <>
            <Way isMain words={words.approve} onPress={open('approve')} />
            <Way words={words.refuse} onPress={open('refuse')} />
          </>
        )}
        {cancels && <Way words={words.cancel} onPress={open('cancel')} />}
      </div>
      <Question
        title={words.approveQuestion}
        detail={words.approveDetail(order.module, order.tenant)}
        submit={words.approve}
        isOpen={asked === 'approve'}
        onClose={close}
        onAnswer={async () => {
          await market.approve(csrf, order.id);
          done(words.approved);
        }}
      />
      <Question
        title={words.refuseQuestion}
        detail={words.refuseDetail}
        submit={words.refuse}
        isOpen={asked === 'refuse'}
        onClose={close}
        onAnswer={async (value) => {
          await market.refuse(csrf, order.id, value('reason').trim());
          done(words.refused);
        }}
      >
        <Field name="reason" label={words.reason} autoComplete="off" maxLength={MAX_REASON} />
      </Question>
      <Question
        title={words.cancelQuestion}
        detail={cancelled}
        submit={words.cancel}
        isOpen={asked === 'cancel'}
        onClose={close}
        onAnswer={async () => {
          const { order: now } = await market.cancel(csrf, order.id);
          done(now.state === 'active' && until ? words.willEnd(until) : words.cancelled);
        }}
      />
    </div>
  );
}

interface WayProps {
  isMain?: boolean;
  words: string;
  onPress: () => void;
}

function Way({ isMain = false, words, onPress }: WayProps) {
  return (
    <button
      type="button"
      className={isMain ? 'button primary' : 'button'}
      aria-haspopup="dialog"
      onClick={onPress}
    >
      {words}
    </button>
  );
}

import { useState } from 'react';
import { Done, Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { Order } from '../api/market';
import { useLocale } from '../i18n/locale';
import { useTold } from '../moderation/useTold';
import { MAX_SHORT } from './limits';
import { moneyIn } from './state';

interface NotePaidProps {
  order: Order;
  csrf: string;
  /** Told that it is not as it was. */
  onChange: () => void;
}

/** How operators note that the money has come. */
export function NotePaid({ order, csrf, onChange }: NotePaidProps) {
  const { messages, format } = useLocale();
  const { market } = useSession();
  const [isAsked, ask] = useState(false);
  const { told, tell, place } = useTold(isAsked);
  const words = messages.market.orders;
  return (
    <>
      {told && <Done ref={place}>{told}</Done>}
      {order.due && (
        <div>
          <button
            type="button"
            className="button"
            aria-haspopup="dialog"
            onClick={() => {
              tell(undefined);
              ask(true);
            }}
          >
            {words.notePaid}
          </button>
        </div>
      )}
      <Question
        title={words.notePaid}
        detail={words.notePaidDetail(order.due ? moneyIn(order.due, format) : '')}
        submit={words.notePaid}
        isOpen={isAsked}
        onClose={() => {
          ask(false);
        }}
        onAnswer={async (value) => {
          await market.notePaid(csrf, order.id, value('reference').trim());
          tell(words.noted);
          onChange();
        }}
      >
        <Field
          name="reference"
          label={words.reference}
          hint={words.referenceHint}
          autoComplete="off"
          maxLength={MAX_SHORT}
        />
      </Question>
    </>
  );
}

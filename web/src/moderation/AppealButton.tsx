import { useState } from 'react';
import { Link } from 'react-router';
import { Area, Done } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { Appeal } from '../api/moderation';
import { useLocale } from '../i18n/locale';
import { MAX_REMARK } from '../submissions/limits';
import { AskButton } from './AskButton';
import { openAppeal } from './openAppeal';
import { waitingAbout, type Subject } from './subject';
import { useTold } from './useTold';
import styles from './AppealButton.module.css';

interface AppealButtonProps {
  namespace: string;
  /** What was decided about, the likeliest first. */
  subjects: Subject[];
  /** The same for people. */
  what: string;
  /** What the button is called where the page has several. */
  name?: string;
  /** What was said for the namespace before. */
  before: Appeal[];
  csrf: string;
}

/** Says something against an operator's decision, once at a time. */
export function AppealButton({ namespace, subjects, what, name, before, csrf }: AppealButtonProps) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const [isAsking, setAsking] = useState(false);
  const { told, tell, place } = useTold(isAsking);
  const words = messages.appeals;
  const waits = waitingAbout(before, subjects) !== undefined;
  const list = (
    <Link to={`/account/appeals?publisher=${namespace}`}>{words.toList(namespace)}</Link>
  );
  return (
    <div className={styles.appeal}>
      {told && <Done ref={place}>{told}</Done>}
      {waits && !told && <p>{words.waits}</p>}
      {(waits || told) && <p>{list}</p>}
      {!waits && !told && (
        <AskButton
          name={name}
          onAsk={() => {
            setAsking(true);
          }}
        >
          {words.appeal}
        </AskButton>
      )}
      <Question
        title={words.appealQuestion(what)}
        detail={words.appealDetail}
        submit={words.send}
        isOpen={isAsking}
        onClose={() => {
          setAsking(false);
        }}
        onAnswer={async (value) => {
          await openAppeal(moderation, csrf, { namespace, subjects, text: value('text') });
          tell(words.done);
        }}
      >
        <Area name="text" label={words.text} hint={words.textHint} maxLength={MAX_REMARK} />
      </Question>
    </div>
  );
}

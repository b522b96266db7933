import { Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { HeldName } from '../api/moderation';
import { useLocale } from '../i18n/locale';
import { MAX_REASON } from '../submissions/limits';
import { isModule } from './subject';

/** Which name is decided on, and how. */
export interface Deciding {
  held: HeldName;
  allow: boolean;
}

interface AnswerNameProps {
  /** The question is open as long as there is one. */
  asked: Deciding | undefined;
  csrf: string;
  onClose: () => void;
  /** Told that it is done, in words. */
  onDone: (words: string) => void;
}

/** Lets a name be taken by who asked for it, or keeps it from being taken for a reason. */
export function AnswerName({ asked, csrf, onClose, onDone }: AnswerNameProps) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const words = messages.names;
  const name = asked?.held.name ?? '';
  const kind = isModule(name) ? 'module' : 'namespace';
  const allow = asked?.allow ?? false;
  return (
    <Question
      title={allow ? words.allowQuestion(name) : words.refuseQuestion(name)}
      detail={allow ? words.allowDetail[kind] : words.refuseDetail[kind]}
      submit={allow ? words.allowIt : words.refuseIt}
      isOpen={asked !== undefined}
      onClose={onClose}
      onAnswer={async (value) => {
        if (!asked) return;
        const { id } = asked.held;
        if (allow) await moderation.allowName(csrf, id);
        else await moderation.refuseName(csrf, id, value('reason'));
        onDone(allow ? words.allowed : words.refused);
      }}
    >
      {!allow && (
        <Field
          name="reason"
          label={words.reason}
          hint={words.reasonHint}
          autoComplete="off"
          maxLength={MAX_REASON}
        />
      )}
    </Question>
  );
}

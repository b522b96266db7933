import { Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { Appeal } from '../api/moderation';
import { Words } from '../components/Words';
import { useLocale } from '../i18n/locale';
import { MAX_REASON } from '../submissions/limits';

/** Which appeal is answered, and how. */
export interface Answering {
  appeal: Appeal;
  grant: boolean;
}

interface AnswerAppealProps {
  /** The question is open as long as there is one. */
  asked: Answering | undefined;
  csrf: string;
  onClose: () => void;
  /** Told that it is done, in words. */
  onDone: (words: string) => void;
}

/** Grants an appeal, by which what it is about is undone, or denies it. */
export function AnswerAppeal({ asked, csrf, onClose, onDone }: AnswerAppealProps) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const words = messages.appeals;
  const grant = asked?.grant ?? false;
  return (
    <Question
      title={grant ? words.grantQuestion : words.denyQuestion}
      detail={
        <>
          {asked && (
            <>
              {words.about} <Words>{asked.appeal.about}</Words>.{' '}
            </>
          )}
          {asked && grant ? words.undone[asked.appeal.kind] : words.stays} {words.told}
        </>
      }
      submit={grant ? words.grantIt : words.denyIt}
      isOpen={asked !== undefined}
      onClose={onClose}
      onAnswer={async (value) => {
        if (!asked) return;
        const answer = grant ? moderation.grant : moderation.deny;
        await answer(csrf, asked.appeal.id, value('reason'));
        onDone(grant ? words.granted : words.denied);
      }}
    >
      <Field
        name="reason"
        label={words.reason}
        hint={words.reasonHint}
        autoComplete="off"
        maxLength={MAX_REASON}
      />
    </Question>
  );
}

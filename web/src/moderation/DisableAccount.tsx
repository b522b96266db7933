import { Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { ListedAccount } from '../api/moderation';
import { useLocale } from '../i18n/locale';
import { MAX_REASON } from '../submissions/limits';

/** Whose account is to be disabled, or enabled. */
export interface Disabling {
  account: ListedAccount;
  disable: boolean;
}

interface DisableAccountProps {
  /** The question is open as long as there is one. */
  asked: Disabling | undefined;
  csrf: string;
  onClose: () => void;
  /** Told that it is done, in words. */
  onDone: (words: string) => void;
}

/** Keeps a person out for a reason, or lets the person in again. */
export function DisableAccount({ asked, csrf, onClose, onDone }: DisableAccountProps) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const words = messages.people;
  const who = asked?.account.email ?? '';
  const disable = asked?.disable ?? false;
  return (
    <Question
      title={disable ? words.disableQuestion(who) : words.enableQuestion(who)}
      detail={disable ? words.disableDetail : words.enableDetail}
      submit={disable ? words.disableIt : words.enableIt}
      isOpen={asked !== undefined}
      onClose={onClose}
      onAnswer={async (value) => {
        if (!asked) return;
        const { id } = asked.account;
        if (disable) await moderation.disableAccount(csrf, id, value('reason'));
        else await moderation.enableAccount(csrf, id);
        onDone(disable ? words.disabled : words.enabled);
      }}
    >
      {disable && (
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

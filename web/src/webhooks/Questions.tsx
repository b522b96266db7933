import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { Webhook } from '../api/webhooks';
import { useLocale } from '../i18n/locale';
import { Target, targetOf } from './Target';

/** What is asked about a webhook before it is done. */
export interface Asked {
  what: 'change' | 'pause' | 'rotate' | 'remove';
  webhook: Webhook;
}

interface QuestionsProps {
  /** Nothing while nothing is asked. */
  asked: Asked | undefined;
  csrf: string;
  onClose: () => void;
  /** Told what was done, and the secret that came of it. */
  onDone: (told: string, secret?: string) => void;
}

/** Asks before a webhook is changed, paused, given another secret, or removed. */
export function Questions({ asked, csrf, onClose, onDone }: QuestionsProps) {
  const { messages } = useLocale();
  const { webhooks } = useSession();
  const words = messages.webhooks;
  const { id = '', url = '' } = asked?.webhook ?? {};
  const isAsked = (what: Asked['what']) => asked?.what === what;
  return (
    <>
      <Question
        title={words.changeQuestion}
        detail={words.changeDetail}
        submit={words.change}
        isOpen={isAsked('change')}
        onClose={onClose}
        onAnswer={async (value) => {
          await webhooks.change(csrf, id, targetOf(value));
          onDone(words.changed);
        }}
      >
        <Target webhook={asked?.webhook} />
      </Question>
      <Question
        title={words.pauseQuestion(url)}
        detail={words.pauseDetail}
        submit={words.pause}
        isOpen={isAsked('pause')}
        onClose={onClose}
        onAnswer={async () => {
          await webhooks.change(csrf, id, { enabled: false });
          onDone(words.pausedNow);
        }}
      />
      <Question
        title={words.rotateQuestion(url)}
        detail={words.rotateDetail}
        submit={words.rotate}
        isOpen={isAsked('rotate')}
        onClose={onClose}
        onAnswer={async () => {
          const { secret } = await webhooks.rotate(csrf, id);
          onDone(words.rotated(url), secret);
        }}
      />
      <Question
        title={words.removeQuestion(url)}
        detail={words.removeDetail}
        submit={words.remove}
        isOpen={isAsked('remove')}
        onClose={onClose}
        onAnswer={async () => {
          await webhooks.remove(csrf, id);
          onDone(words.removed(url));
        }}
      />
    </>
  );
}

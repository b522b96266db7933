import type { Problem } from '../api/problem';
import { useLocale } from '../i18n/locale';
import { Icon } from './Icon';
import { Notice } from './Notice';

/** What went wrong, in the registry's words where it sent some, and a way to try again. */
export function Failure({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  const { messages } = useLocale();
  const words = problem.isUnreachable
    ? { title: messages.state.unreachable, detail: messages.state.unreachableDetail }
    : { title: messages.state.failed, detail: messages.state.failedDetail(problem.status) };
  return (
    <div role="alert">
      <Notice
        icon={<Icon shape="warning" />}
        title={problem.title || words.title}
        detail={problem.detail ?? words.detail}
        hint={problem.hint}
      >
        <button type="button" className="button" onClick={onRetry}>
          {messages.state.retry}
        </button>
      </Notice>
    </div>
  );
}

import type { SubmissionState } from '../api/submissions';
import { Badge } from '../components/Badge';
import { useLocale } from '../i18n/locale';
import { toneOf } from './state';

/** How far a submission has come, in a word. */
export function StateBadge({ state }: { state: SubmissionState }) {
  const { messages } = useLocale();
  return <Badge tone={toneOf(state)}>{messages.submissions.states[state]}</Badge>;
}

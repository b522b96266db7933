import type { Proposal } from '../api/publishers';
import type { Locale } from '../i18n/locale';

/** What came of a proposal, in words; `done` where enough owners have approved it. */
export function outcome(
  { state, needed, approvals, effective_at, failure }: Proposal,
  { messages, format }: Locale,
  done: string,
): string {
  const words = messages.publisherPages;
  switch (state) {
    case 'open': {
      const given = approvals.filter(({ counts }) => counts).length;
      return messages.publishing.proposed(Math.max(1, needed - given));
    }
    case 'announced':
      return words.announced(format.dateTime(effective_at ?? ''));
    case 'failed':
      return words.failed(failure ?? messages.state.failed);
    default:
      return done;
  }
}

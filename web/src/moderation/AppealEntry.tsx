import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Appeal, AppealState } from '../api/moderation';
import type { BadgeTone } from '../components/Badge';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import { Decision, Entry } from './Entry';
import { pageOf, type SubmissionBase } from './subject';

const TONES: Record<AppealState, BadgeTone> = { open: 'warn', granted: 'accent', denied: 'bad' };

interface AppealEntryProps {
  appeal: Appeal;
  base: SubmissionBase;
  /** What can be done about it. */
  children?: ReactNode;
}

/** One appeal: what it is about, what is said, and what was answered. */
export function AppealEntry({ appeal, base, children }: AppealEntryProps) {
  const { messages } = useLocale();
  const words = messages.appeals;
  const { kind, subject, state } = appeal;
  const to = pageOf(appeal, base);
  return (
    <Entry
      title={
        <>
          {words.kinds[kind]} {to ? <Link to={to}>{subject}</Link> : <code>{subject}</code>}
        </>
      }
      badge={{ tone: TONES[state], label: words.states[state] }}
      line={
        <>
          <span>
            {words.opened} <Moment at={appeal.opened_at} />
          </span>
          <span>
            {words.by} <code>{appeal.opened_by}</code>
          </span>
        </>
      }
      text={appeal.text}
      decision={
        <Decision
          label={words.decided}
          at={appeal.decided_at}
          by={appeal.decided_by}
          reason={appeal.reason}
        />
      }
    >
      {children}
    </Entry>
  );
}

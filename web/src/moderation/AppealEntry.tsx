import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Appeal, AppealState } from '../api/moderation';
import type { BadgeTone } from '../components/Badge';
import { Moment } from '../components/Moment';
import { Words } from '../components/Words';
import { useLocale } from '../i18n/locale';
import { Decision, Entry } from './Entry';
import { pageOf, type SubmissionBase } from './subject';
import { Whose } from './Whose';

const TONES: Record<AppealState, BadgeTone> = { open: 'warn', granted: 'accent', denied: 'bad' };

interface AppealEntryProps {
  appeal: Appeal;
  base: SubmissionBase;
  /** Of its heading. */
  level?: 'h2' | 'h3';
  /** What can be done about it. */
  children?: ReactNode;
}

/** One appeal: what it is about, what is said, and what was answered. */
export function AppealEntry({ appeal, base, level, children }: AppealEntryProps) {
  const { messages } = useLocale();
  const words = messages.appeals;
  const { person, publisher, state } = appeal;
  const to = pageOf(appeal, base);
  const about = <Words>{appeal.about}</Words>;
  return (
    <Entry
      title={
        <>
          {words.about} {to ? <Link to={to}>{about}</Link> : about}
        </>
      }
      level={level}
      badge={{ tone: TONES[state], label: words.states[state] }}
      line={
        <>
          <span>
            {words.opened} <Moment at={appeal.opened_at} />
          </span>
          <Whose publisher={publisher} person={person} />
          {!person && (
            <span>
              {words.by} <code>{appeal.opened_by}</code>
            </span>
          )}
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

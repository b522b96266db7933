import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { HeldName, HeldNameState } from '../api/moderation';
import type { BadgeTone } from '../components/Badge';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import { Decision, Entry } from './Entry';
import { isModule } from './subject';
import { Whose } from './Whose';

const TONES: Record<HeldNameState, BadgeTone> = { held: 'warn', allowed: 'accent', refused: 'bad' };

interface NameEntryProps {
  held: HeldName;
  /** Of its heading. */
  level?: 'h2' | 'h3';
  /** What can be done about it. */
  children?: ReactNode;
}

/** One name that was held: what it resembles and how, who wants it, and what was decided. */
export function NameEntry({ held, level, children }: NameEntryProps) {
  const { messages } = useLocale();
  const words = messages.names;
  const resembled = <code>{held.resembles}</code>;
  return (
    <Entry
      title={
        <>
          <code>{held.name}</code> {words.likenesses[held.likeness]}{' '}
          {isModule(held.resembles) ? (
            <Link to={`/modules/${held.resembles}`}>{resembled}</Link>
          ) : (
            resembled
          )}
        </>
      }
      level={level}
      badge={{ tone: TONES[held.state], label: words.states[held.state] }}
      line={
        <>
          <span>
            {words.asked} <Moment at={held.asked_at} />
          </span>
          <Whose publisher={held.publisher} person={held.asked_by} />
        </>
      }
      decision={
        <Decision
          label={words.decided}
          at={held.decided_at}
          by={held.decided_by}
          reason={held.reason}
        />
      }
    >
      {children}
    </Entry>
  );
}

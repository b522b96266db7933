import type { ReactNode } from 'react';
import { Badge, type BadgeTone } from '../components/Badge';
import { Moment } from '../components/Moment';
import styles from './Entry.module.css';

interface EntryProps {
  title: ReactNode;
  /** Below the heading of a part of the page. */
  level?: 'h2' | 'h3' | undefined;
  /** What was decided, in a word; nothing as long as it waits. */
  badge?: { tone: BadgeTone; label: string } | undefined;
  /** When, who, and what else is known. */
  line: ReactNode;
  /** What somebody said. */
  text?: string;
  /** What an operator said to it. */
  decision?: ReactNode;
  /** What can be done about it. */
  children?: ReactNode;
}

/** One thing that somebody said to operators or asked for, as a row of a list. */
export function Entry({
  title,
  level: Heading = 'h2',
  badge,
  line,
  text,
  decision,
  children,
}: EntryProps) {
  return (
    <li className={styles.entry}>
      <div className={styles.head}>
        <Heading tabIndex={-1} data-result="" className={styles.title}>
          {title}
        </Heading>
        {badge && <Badge tone={badge.tone}>{badge.label}</Badge>}
      </div>
      <p className={styles.line}>{line}</p>
      {text && <p className={styles.text}>{text}</p>}
      {decision}
      {children && <div className={styles.actions}>{children}</div>}
    </li>
  );
}

interface DecisionProps {
  /** What the moment is called. */
  label: string;
  at: string | null | undefined;
  /** Who, for operators. */
  by: string | null | undefined;
  reason: string | null | undefined;
}

/** When an operator decided, who, and in which words. */
export function Decision({ label, at, by, reason }: DecisionProps) {
  return (
    <>
      {at && (
        <p className={styles.line}>
          <span>
            {label} <Moment at={at} />
          </span>
          {by && <code>{by}</code>}
        </p>
      )}
      {reason && <p className={styles.reason}>{reason}</p>}
    </>
  );
}

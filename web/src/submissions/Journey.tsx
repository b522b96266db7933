import type { SubmissionEvent } from '../api/submissions';
import { Moment } from '../components/Moment';
import { Words } from '../components/Words';
import { useLocale } from '../i18n/locale';
import styles from './Journey.module.css';

/** What happened to a submission, in order: each state with who, when and why, and what was said in between. */
export function Journey({ events }: { events: SubmissionEvent[] }) {
  return (
    <ol className={styles.journey}>
      {events.map((event) => (
        <Step key={event.number} event={event} />
      ))}
    </ol>
  );
}

function Step({ event }: { event: SubmissionEvent }) {
  const { messages } = useLocale();
  const words = messages.submissions;
  const isSaid = event.kind === 'comment' || event.kind === 'question';
  const title = isSaid
    ? event.kind === 'question'
      ? words.question
      : words.comment
    : event.state && words.became[event.state];
  return (
    <li className={isSaid ? styles.said : styles.step}>
      <h3 className={styles.title}>{title}</h3>
      <p className={styles.line}>
        <span>{words.sides[event.side]}</span>
        <Moment at={event.at} />
        {event.by && <code>{event.by}</code>}
      </p>
      {event.text && (
        <p className={styles.text}>
          <Words>{event.text}</Words>
        </p>
      )}
    </li>
  );
}

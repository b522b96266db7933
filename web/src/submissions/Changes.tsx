import { useCallback } from 'react';
import type { Listed, SubmissionDiff } from '../api/submissions';
import { useSession } from '../accounts/session';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { FileChange } from './FileChange';
import styles from './Changes.module.css';

/** What a submission changes in the release that people have now. */
export function Changes({ id }: { id: string }) {
  const { messages } = useLocale();
  const { submissions } = useSession();
  const diff = useResource(
    useCallback((signal: AbortSignal) => submissions.diff(id, signal), [submissions, id]),
  );
  if (diff.status === 'loading') return <p role="status">{messages.state.loading}</p>;
  if (diff.status === 'failed') {
    if (diff.problem.status === 404) return <p>{messages.submissions.notKept}</p>;
    return <Failure problem={diff.problem} onRetry={diff.retry} />;
  }
  return <Compared diff={diff.value} />;
}

const LISTS = ['permissions', 'hosts', 'imports', 'exports', 'components'] as const;

function Compared({ diff }: { diff: SubmissionDiff }) {
  const { messages, format } = useLocale();
  const words = messages.submissions;
  const lists = LISTS.filter((name) => diff[name].added.length + diff[name].removed.length > 0);
  const before = diff.unpacked_bytes_before;
  return (
    <div className={styles.changes}>
      <p className={styles.quiet}>
        {diff.before ? words.changesSince(diff.before) : words.nothingBefore}{' '}
        {words.unpacked(
          format.size(diff.unpacked_bytes),
          typeof before === 'number' ? format.size(before) : undefined,
        )}
      </p>
      {lists.map((name) => (
        <div key={name} className={styles.part}>
          <h3 className={styles.title}>{words.lists[name]}</h3>
          <Lines listed={diff[name]} />
        </div>
      ))}
      {diff.files.length > 0 && (
        <div className={styles.part}>
          <h3 className={styles.title}>{words.files}</h3>
          <ul className={styles.files}>
            {diff.files.map((file) => (
              <li key={file.path}>
                <FileChange file={file} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {lists.length + diff.files.length === 0 && <p>{words.noChanges}</p>}
    </div>
  );
}

/** What is new and what is gone, told apart by sign and word as well as by colour. */
function Lines({ listed }: { listed: Listed }) {
  const { messages } = useLocale();
  const words = messages.submissions;
  const lines = [
    ...listed.added.map((text) => ({ text, sign: '+', word: words.added, look: styles.added })),
    ...listed.removed.map((text) => ({
      text,
      sign: '−',
      word: words.removed,
      look: styles.removed,
    })),
  ];
  return (
    <ul className={styles.lines}>
      {lines.map(({ text, sign, word, look }) => (
        <li key={sign + text} className={look}>
          <span aria-hidden="true">{sign}</span>
          <span className="visually-hidden">{word}: </span>
          <code>{text}</code>
        </li>
      ))}
    </ul>
  );
}

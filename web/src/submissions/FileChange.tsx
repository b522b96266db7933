import type { FileDiff } from '../api/submissions';
import { Badge, type BadgeTone } from '../components/Badge';
import { useLocale } from '../i18n/locale';
import { unified } from '../lib/unified';
import styles from './FileChange.module.css';

const TONES: Record<string, BadgeTone> = { added: 'accent', removed: 'bad' };

/** One file: how it changed, and the lines that did where they are text. */
export function FileChange({ file }: { file: FileDiff }) {
  const { messages } = useLocale();
  const words = messages.submissions;
  return (
    <details className={styles.file}>
      <summary className={styles.summary}>
        <code className={styles.path}>{file.path}</code>
        <Badge tone={TONES[file.change] ?? 'plain'}>
          {words.fileChanges[file.change] ?? file.change}
        </Badge>
        <Sizes file={file} />
      </summary>
      {file.text ? (
        <Lines text={file.text} label={words.textOf(file.path)} />
      ) : (
        <p className={styles.none}>{words.noText}</p>
      )}
    </details>
  );
}

function Sizes({ file: { bytes, bytes_before } }: { file: FileDiff }) {
  const { format } = useLocale();
  const sizes = [bytes_before, bytes].filter((size) => typeof size === 'number');
  return <span className={styles.sizes}>{sizes.map(format.size).join(' → ')}</span>;
}

function Lines({ text, label }: { text: string; label: string }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- without it, no keyboard could scroll it
    <pre className={styles.text} tabIndex={0} role="group" aria-label={label}>
      <code>
        {unified(text).map(({ kind, text: line }, index) => (
          <span key={index} className={styles[kind]}>
            {`${line}\n`}
          </span>
        ))}
      </code>
    </pre>
  );
}

import { Fragment, useEffect, useState } from 'react';
import { useLocale } from '../i18n/locale';
import { Icon } from './Icon';
import styles from './Command.module.css';

const SHOWN_MS = 2000;

interface CommandProps {
  /** What the command is for, for those who cannot see where it stands. */
  label: string;
  text: string;
}

/** A line to type into a terminal, with a button that copies it. */
export function Command({ label, text }: CommandProps) {
  const { messages } = useLocale();
  const [outcome, setOutcome] = useState<'copied' | 'failed'>();

  useEffect(() => {
    if (!outcome) return undefined;
    const timer = setTimeout(() => {
      setOutcome(undefined);
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [outcome]);

  const copy = () => {
    // Without a secure context there is no clipboard at all, whatever the types say.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    const copied = clipboard
      ? clipboard.writeText(text)
      : Promise.reject(new Error('no clipboard'));
    copied.then(
      () => {
        setOutcome('copied');
      },
      () => {
        setOutcome('failed');
      },
    );
  };

  return (
    <div className={styles.command}>
      <pre className={styles.text}>
        <code>
          {text.split(' --').map((part, index) => (
            <Fragment key={index}>
              {index > 0 && ' '}
              <span className={styles.part}>{index > 0 ? `--${part}` : part}</span>
            </Fragment>
          ))}
        </code>
      </pre>
      <button
        type="button"
        className={styles.copy}
        onClick={copy}
        aria-label={messages.install.copyLabel(label.toLowerCase())}
      >
        <Icon shape={outcome === 'copied' ? 'check' : 'copy'} />
      </button>
      <span role="status" className={outcome === 'failed' ? styles.failed : 'visually-hidden'}>
        {outcome && messages.install[outcome]}
      </span>
    </div>
  );
}

import { useLayoutEffect, type KeyboardEvent, type RefObject } from 'react';
import { useLocale } from '../i18n/locale';
import { Icon } from './Icon';
import styles from './SearchField.module.css';

interface SearchFieldProps {
  text: string;
  onText: (text: string) => void;
  /** Told what to search for at once, without waiting for a pause in typing. */
  onSubmit: (question: string) => void;
  /** The arrow-down key leads to the results. */
  onLeaveDown: () => void;
  input: RefObject<HTMLInputElement | null>;
}

export function SearchField({ text, onText, onSubmit, onLeaveDown, input }: SearchFieldProps) {
  const { messages } = useLocale();
  useSlashKey(input);

  const clear = () => {
    onText('');
    onSubmit('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      onLeaveDown();
    } else if (event.key === 'Escape' && text !== '') {
      event.preventDefault();
      clear();
    }
  };

  return (
    <form
      role="search"
      className={styles.field}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(text);
      }}
    >
      <label className="visually-hidden" htmlFor="adx-search">
        {messages.search.label}
      </label>
      <Icon shape="search" />
      <input
        ref={input}
        id="adx-search"
        type="text"
        inputMode="search"
        enterKeyHint="search"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder={messages.search.placeholder}
        value={text}
        onChange={(event) => {
          onText(event.target.value);
        }}
        onKeyDown={onKeyDown}
        aria-keyshortcuts="/"
      />
      {text === '' ? (
        <kbd className={styles.shortcut} aria-hidden="true">
          {messages.search.shortcut}
        </kbd>
      ) : (
        <button
          type="button"
          className={styles.clear}
          aria-label={messages.search.clear}
          onClick={() => {
            clear();
            input.current?.focus();
          }}
        >
          <Icon shape="close" />
        </button>
      )}
    </form>
  );
}

/** The slash key goes to the search field from anywhere on the page where it would not be typed. */
function useSlashKey(input: RefObject<HTMLInputElement | null>): void {
  // Before it is shown: whoever sees the field can press the key.
  useLayoutEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      if (
        target instanceof HTMLElement &&
        target.closest('input, textarea, select, [contenteditable]')
      )
        return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [input]);
}

import { useId } from 'react';
import { useLocale } from '../i18n/locale';
import styles from './People.module.css';

interface FindPeopleProps {
  /** What is looked for now. */
  begins: string;
  /** Given what is to be looked for; nothing for everybody. */
  onFind: (text: string) => void;
}

/** Where the beginning of a name or of an address is typed. */
export function FindPeople({ begins, onFind }: FindPeopleProps) {
  const { messages } = useLocale();
  const id = useId();
  const words = messages.people;
  return (
    <form
      role="search"
      className={styles.find}
      onSubmit={(event) => {
        event.preventDefault();
        const typed = new FormData(event.currentTarget).get('q');
        onFind(typeof typed === 'string' ? typed.trim() : '');
      }}
    >
      <label htmlFor={id}>{words.find}</label>
      <input
        id={id}
        name="q"
        type="text"
        inputMode="search"
        enterKeyHint="search"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={begins}
        maxLength={254}
        aria-describedby={`${id}-hint`}
      />
      <button type="submit" className="button">
        {words.search}
      </button>
      <p id={`${id}-hint`} className={styles.quiet}>
        {words.findHint}
      </p>
    </form>
  );
}

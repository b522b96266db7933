import type { Contact } from '../api/moderation';
import { useLocale } from '../i18n/locale';

interface WhoseProps {
  /** The namespace. */
  publisher: string | null | undefined;
  /** For operators. */
  person: Contact | null | undefined;
}

/** Which publisher, or which person, something is for. */
export function Whose({ publisher, person }: WhoseProps) {
  const { messages } = useLocale();
  const words = messages.appeals;
  return (
    <>
      {publisher && (
        <span>
          {words.for} <code>{publisher}</code>
        </span>
      )}
      {person && (
        <span>
          {words.by} {person.name} &lt;{person.email}&gt;
        </span>
      )}
    </>
  );
}

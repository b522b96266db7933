import { createContext, use } from 'react';
import { createFormat, type Format } from './format';
import { english, type Messages } from './messages';

export interface Locale {
  /** What readers asked for, which need not be the language of `messages`. */
  language: string;
  messages: Messages;
  format: Format;
}

/** One entry per translation; the key is a BCP 47 language. */
const translations: Record<string, Messages> = { en: english };

/** Words, dates and sizes for `language`; all in English where there is no translation, so that they never mix. */
export function createLocale(language: string): Locale {
  const base = language.split('-')[0] ?? 'en';
  const messages = translations[language] ?? translations[base];
  return messages
    ? { language, messages, format: createFormat(language) }
    : { language, messages: english, format: createFormat('en') };
}

export const LocaleContext = createContext<Locale>(createLocale('en'));

export function useLocale(): Locale {
  return use(LocaleContext);
}

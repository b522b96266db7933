import { useLocale } from '../i18n/locale';
import { categoryInWords } from './category';
import type { FilterKind } from './searchState';

/** Gives what is filtered by, in words. */
export function useFilterWords(): (kind: FilterKind, value: string) => string {
  const { prices, verified } = useLocale().messages.search;
  const known = new Map<string, string>([
    ...Object.entries(prices).map(([value, words]) => [`price ${value}`, words] as const),
    ...Object.entries(verified).map(([value, words]) => [`verified ${value}`, words] as const),
  ]);
  return (kind, value) =>
    kind === 'category' ? categoryInWords(value) : (known.get(`${kind} ${value}`) ?? value);
}

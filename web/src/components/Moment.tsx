import { useLocale } from '../i18n/locale';

/** A moment to the minute. */
export function Moment({ at }: { at: string }) {
  const { format } = useLocale();
  return <time dateTime={at}>{format.dateTime(at)}</time>;
}

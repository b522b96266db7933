import { useLocale } from '../i18n/locale';

/** A moment as a date, to the minute on hover. */
export function Time({ at }: { at: string }) {
  const { format } = useLocale();
  return (
    <time dateTime={at} title={format.dateTime(at)}>
      {format.date(at)}
    </time>
  );
}

import { Options, type Values } from '../accounts/Form';
import { useLocale } from '../i18n/locale';

/** Chooses whether one report is decided, or every one of its module. */
export function WhichReports() {
  const { messages } = useLocale();
  const words = messages.reports;
  return (
    <Options
      name="which"
      label={words.which}
      options={[
        { value: 'one', label: words.one },
        { value: 'all', label: words.all },
      ]}
    />
  );
}

/** Whether every one was chosen. */
export const isAll = (value: Values) => value('which') === 'all';

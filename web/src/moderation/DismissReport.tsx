import { Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import { useLocale } from '../i18n/locale';
import { MAX_REASON } from '../submissions/limits';
import type { DecideReportProps } from './ConfirmReport';
import { isAll, WhichReports } from './WhichReports';

/** Says that a report is not right, or nothing to act on. */
export function DismissReport({ report, csrf, onClose, onDone }: DecideReportProps) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const words = messages.reports;
  return (
    <Question
      title={report ? words.dismissQuestion(report.module) : ''}
      detail={words.dismissDetail}
      submit={words.dismissIt}
      isOpen={report !== undefined}
      onClose={onClose}
      onAnswer={async (value) => {
        if (!report) return;
        const body = { all: isAll(value), reason: value('reason') };
        await moderation.dismiss(csrf, report.id, body);
        onDone(words.dismissed);
      }}
    >
      <WhichReports />
      <Field
        name="reason"
        label={words.reason}
        hint={words.dismissReasonHint}
        autoComplete="off"
        maxLength={MAX_REASON}
      />
    </Question>
  );
}

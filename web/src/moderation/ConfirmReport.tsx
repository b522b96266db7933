import { Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { Report } from '../api/moderation';
import { useLocale } from '../i18n/locale';
import { MAX_REASON } from '../submissions/limits';
import { ACTS, isOfVersion } from './acts';
import { ActChoice } from './ActChoice';
import { isAll, WhichReports } from './WhichReports';

export interface DecideReportProps {
  /** Which; the question is open as long as there is one. */
  report: Report | undefined;
  csrf: string;
  onClose: () => void;
  /** Told that it is done, in words. */
  onDone: (words: string) => void;
}

/** Says that a report is right, and what is done about it in the same act. */
export function ConfirmReport({ report, csrf, onClose, onDone }: DecideReportProps) {
  const { messages } = useLocale();
  const { moderation } = useSession();
  const words = messages.reports;
  return (
    <Question
      title={report ? words.confirmQuestion(report.module) : ''}
      detail={words.confirmDetail}
      submit={words.confirmIt}
      isOpen={report !== undefined}
      onClose={onClose}
      onAnswer={async (value) => {
        if (!report) return;
        const act = ACTS.find((known) => known === value('act')) ?? 'nothing';
        await moderation.confirm(csrf, report.id, {
          act,
          all: isAll(value),
          reason: value('reason'),
          ...(isOfVersion(act) ? { version: value('version').trim() } : {}),
        });
        onDone(words.confirmed);
      }}
    >
      <ActChoice version={report?.version ?? undefined} />
      <WhichReports />
      <Field
        name="reason"
        label={words.reason}
        hint={words.confirmReasonHint}
        autoComplete="off"
        maxLength={MAX_REASON}
      />
    </Question>
  );
}

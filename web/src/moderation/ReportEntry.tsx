import type { Report } from '../api/moderation';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import { AskButton } from './AskButton';
import { Decision, Entry } from './Entry';

interface ReportEntryProps {
  report: Report;
  /** Told which question about it is to be asked. */
  onAsk: (what: 'confirm' | 'dismiss') => void;
}

/** One report: what is wrong, with which version, when it was sent and by whom. */
export function ReportEntry({ report, onAsk }: ReportEntryProps) {
  const { messages, format } = useLocale();
  const words = messages.reports;
  const { state, version } = report;
  const when = format.dateTime(report.sent_at);
  const button = (what: 'confirm' | 'dismiss', label: string, name: string) => (
    <AskButton
      name={name}
      onAsk={() => {
        onAsk(what);
      }}
    >
      {label}
    </AskButton>
  );
  return (
    <Entry
      title={messages.report.categories[report.category]}
      badge={
        state === 'open'
          ? undefined
          : { tone: state === 'confirmed' ? 'bad' : 'plain', label: words.states[state] }
      }
      line={
        <>
          <span>{version ? words.version(version) : words.noVersion}</span>
          <span>
            {words.sent} <Moment at={report.sent_at} />
          </span>
          <Reporter report={report} />
        </>
      }
      text={report.text}
      decision={
        <Decision
          label={words.decided}
          at={report.decided_at}
          by={report.decided_by}
          reason={report.reason}
        />
      }
    >
      {state === 'open' && (
        <>
          {button('confirm', words.confirm, words.confirmOf(when))}
          {button('dismiss', words.dismiss, words.dismissOf(when))}
        </>
      )}
    </Entry>
  );
}

/** Who sent it, as far as that is known. */
function Reporter({ report: { account, email } }: { report: Report }) {
  const { messages } = useLocale();
  const words = messages.reports;
  if (account) {
    return (
      <span>
        {words.signedIn} <code>{account}</code>
      </span>
    );
  }
  if (!email) return <span>{words.notSignedIn}</span>;
  return (
    <span>
      {words.unproved} <code>{email}</code>
    </span>
  );
}

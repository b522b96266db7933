import type { Problem } from '../api/problem';
import type { OrderQuote, Tenant } from '../api/market';
import { Words } from '../components/Words';
import { useLocale } from '../i18n/locale';
import { Lines } from './Lines';
import { moneyIn } from './state';
import type { useQuote } from './useQuote';
import styles from './market.module.css';

interface SummaryProps {
  quote: ReturnType<typeof useQuote>;
  tenant: Tenant | undefined;
}

/** What is about to be ordered: what it costs, what comes of it, and who decides. */
export function Summary({ quote: { shown, problem, isReckoning }, tenant }: SummaryProps) {
  const { messages, format } = useLocale();
  const words = messages.market.buy;
  return (
    <section className={styles.summary} aria-labelledby="adx-summary" aria-busy={isReckoning}>
      <h2 id="adx-summary">{words.summary}</h2>
      {shown && (
        <>
          <Lines label={words.summary} lines={shown.lines} total={shown.total ?? undefined} />
          <p className={styles.quiet}>{termsInWords(shown, messages.market.buy.terms)}</p>
          {!shown.may_buy && (
            <p className={styles.note}>
              {words.mayNotBuy(
                tenant?.spending_cap ? moneyIn(tenant.spending_cap, format) : undefined,
              )}
            </p>
          )}
        </>
      )}
      {/* One place that is read out, whichever way the price went. */}
      <div role="status" className={shown ? 'visually-hidden' : undefined}>
        {isReckoning && <p className={styles.quiet}>{words.reckoning}</p>}
        {!isReckoning && shown && (
          <p>
            {words.total}: {shown.total ? moneyIn(shown.total, format) : words.nothing}
          </p>
        )}
        {!isReckoning && problem && <Refused problem={problem} />}
      </div>
    </section>
  );
}

function Refused({ problem }: { problem: Problem }) {
  const { messages } = useLocale();
  return (
    <div className={styles.problem}>
      <p>{messages.market.buy.noPrice}</p>
      <p>
        <Words>
          {problem.detail ??
            (problem.isUnreachable ? messages.state.unreachable : messages.state.failed)}
        </Words>
      </p>
    </div>
  );
}

type Terms = ReturnType<typeof useLocale>['messages']['market']['buy']['terms'];

/** What comes of an order of that kind. */
function termsInWords({ model, trial_days }: OrderQuote, terms: Terms): string {
  switch (model) {
    case 'trial':
      return terms.trial(trial_days ?? 0);
    case 'free':
    case 'one-time':
    case 'month':
    case 'year':
      return terms[model];
    default:
      return '';
  }
}

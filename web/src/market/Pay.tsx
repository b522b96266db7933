import { useLocale } from '../i18n/locale';
import styles from './market.module.css';

interface PayProps {
  instructions: string;
  /** Where it is done, or the invoice is. */
  page: string | undefined;
}

/** What the buyer is to do, in the words of whoever takes the money. */
export function Pay({ instructions, page }: PayProps) {
  const { messages } = useLocale();
  // An invoice is below in any case.
  const isElsewhere = page !== undefined && /^https?:/.test(page) && !page.includes('/invoices/');
  return (
    <div className={styles.pay}>
      <p className={styles.bill}>{instructions}</p>
      {isElsewhere && (
        <p>
          <a href={page} rel="noopener external" className="button primary">
            {messages.market.orders.payPage}
          </a>
        </p>
      )}
    </div>
  );
}

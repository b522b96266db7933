import type { Money, PriceLine } from '../api/market';
import { useLocale } from '../i18n/locale';
import styles from './market.module.css';

interface LinesProps {
  label: string;
  lines: PriceLine[];
  /** Nothing where nothing is ever paid. */
  total: Money | undefined;
}

/** What adds up to what is to be paid. The registry has added it up; here it is only written in the reader's manner. */
export function Lines({ label, lines, total }: LinesProps) {
  const { messages, format } = useLocale();
  const words = messages.market.buy;
  const money = (minor: number) => (total ? format.money(minor, total.currency) : '');
  return (
    <table className={styles.lines} aria-label={label}>
      <tbody>
        {lines.map((line, index) => (
          <tr key={index}>
            <th scope="row">
              {line.text}
              {line.count > 1 && (
                <span className={styles.each}>
                  {words.lineOf(format.number(line.count), money(line.each_minor))}
                </span>
              )}
            </th>
            <td>{money(line.amount_minor)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{words.total}</th>
          <td>{total ? money(total.amount_minor) : words.nothing}</td>
        </tr>
      </tfoot>
    </table>
  );
}

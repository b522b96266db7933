import { useChoice } from '../lib/useChoice';
import styles from './Pills.module.css';

interface PillsProps {
  /** Of the group, for the browser: one of its kind on a page. */
  name: string;
  legend: string;
  /** Whether the legend is shown; it is read out in any case. */
  isTitled?: boolean;
  options: { value: string; label: string }[];
  chosen: string;
  onChoose: (value: string) => void;
}

/** A choice of one among a few, that takes effect at once. */
export function Pills({ name, legend, isTitled = false, options, chosen, onChoose }: PillsProps) {
  const [shown, choose] = useChoice(chosen, onChoose);
  return (
    <fieldset className={styles.pills}>
      <legend className={isTitled ? styles.legend : 'visually-hidden'}>{legend}</legend>
      {options.map(({ value, label }) => (
        <label key={value} className={styles.option}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === shown}
            onChange={() => {
              choose(value);
            }}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

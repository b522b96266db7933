import { useState } from 'react';
import type { FacetCount } from '../api/registry';
import { useLocale } from '../i18n/locale';
import styles from './FacetGroup.module.css';

/** So many values are shown at first: as many as can be taken in at once. */
const FIRST_VALUES = 6;

interface FacetGroupProps {
  legend: string;
  /** The most frequent first. */
  counts: FacetCount[];
  /** A value, in words. */
  inWords: (value: string) => string;
  chosen: string[];
  onChoose: (values: string[]) => void;
}

/** The values that a facet has among what was found, any number of which can be chosen. */
export function FacetGroup({ legend, counts, inWords, chosen, onChoose }: FacetGroupProps) {
  const { messages } = useLocale();
  const [showsAll, showAll] = useState(false);
  // What was chosen once stays where it is: whoever takes it back is not to lose the box under their fingers.
  const [kept, keep] = useState(chosen);
  const added = chosen.filter((value) => !kept.includes(value));
  if (added.length > 0) keep([...kept, ...added]);
  if (counts.length === 0 && chosen.length === 0) return null;

  const known = counts.map(({ value }) => value);
  const values = [
    ...counts,
    ...kept.filter((value) => !known.includes(value)).map((value) => ({ value, modules: 0 })),
  ];
  const isFirst = ({ value }: FacetCount, place: number) =>
    place < FIRST_VALUES || kept.includes(value);
  const first = values.filter(isFirst);
  const rest = values.length - first.length;
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{legend}</legend>
      {(showsAll ? values : first).map(({ value, modules }) => (
        <label key={value} className={styles.value}>
          <input
            type="checkbox"
            value={value}
            checked={chosen.includes(value)}
            onChange={({ target }) => {
              onChoose(
                target.checked ? [...chosen, value] : chosen.filter((other) => other !== value),
              );
            }}
          />
          <span className={styles.words}>{inWords(value)}</span>
          <span className={styles.count} aria-hidden="true">
            {modules}
          </span>{' '}
          <span className="visually-hidden">{messages.search.total(modules)}</span>
        </label>
      ))}
      {rest > 0 && (
        <button
          type="button"
          className={styles.more}
          aria-expanded={showsAll}
          onClick={() => {
            showAll(!showsAll);
          }}
        >
          {showsAll ? messages.search.fewerValues : messages.search.allValues(values.length)}{' '}
          <span className="visually-hidden">({legend})</span>
        </button>
      )}
    </fieldset>
  );
}

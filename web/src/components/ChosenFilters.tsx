import { useRef } from 'react';
import { useLocale } from '../i18n/locale';
import { useFilterWords } from '../lib/useFilterWords';
import { listFilters, NO_FILTERS, withoutFilter, type Filters } from '../lib/searchState';
import { Icon } from './Icon';
import styles from './ChosenFilters.module.css';

interface ChosenFiltersProps {
  chosen: Filters;
  onChoose: (filters: Filters) => void;
  /** The last one was taken away by a button that is gone with it. */
  onEmpty: () => void;
}

/** What was chosen to filter by, each to be taken away again. */
export function ChosenFilters({ chosen, onChoose, onEmpty }: ChosenFiltersProps) {
  const words = useLocale().messages.search;
  const inWords = useFilterWords();
  const list = useRef<HTMLUListElement>(null);
  const filters = listFilters(chosen);
  if (filters.length === 0) return null;

  /** The focus goes to the neighbour of what is about to go. */
  const leave = (place: number) => {
    const buttons = list.current?.querySelectorAll('button') ?? [];
    if (filters.length === 1) onEmpty();
    else buttons[place + 1 < filters.length ? place + 1 : place - 1]?.focus();
  };
  return (
    <ul ref={list} aria-label={words.chosenFilters} className={styles.chosen}>
      {filters.map(({ kind, value }, place) => {
        const filter = words.filter(words.facets[kind], inWords(kind, value));
        return (
          <li key={`${kind} ${value}`}>
            <button
              type="button"
              className={styles.chip}
              aria-label={words.removeFilter(filter)}
              onClick={() => {
                leave(place);
                onChoose(withoutFilter(chosen, kind, value));
              }}
            >
              {filter}
              <Icon shape="close" />
            </button>
          </li>
        );
      })}
      <li>
        <button
          type="button"
          className={styles.clear}
          onClick={() => {
            onEmpty();
            onChoose(NO_FILTERS);
          }}
        >
          {words.clearFilters}
        </button>
      </li>
    </ul>
  );
}

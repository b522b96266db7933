import { useId, useState } from 'react';
import type { SearchFacets } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { useFilterWords } from '../lib/useFilterWords';
import { FACETS, listFilters, type Filters } from '../lib/searchState';
import { FacetGroup } from './FacetGroup';
import { Icon } from './Icon';
import { Pills } from './Pills';
import { PlatformFilter } from './PlatformFilter';
import styles from './SearchFilters.module.css';

interface SearchFiltersProps {
  /** How many modules have which values among what was found. */
  facets: SearchFacets | null | undefined;
  chosen: Filters;
  onChoose: (filters: Filters) => void;
}

/** What the results can be narrowed down by; nothing where there is nothing to choose. Narrow screens keep it behind a button. */
export function SearchFilters({ facets, chosen, onChoose }: SearchFiltersProps) {
  const words = useLocale().messages.search;
  const inWords = useFilterWords();
  const [isOpen, open] = useState(false);
  const id = useId();
  const count = listFilters(chosen).length;
  const hasValues = facets && Object.values(facets).some((counts) => counts.length > 0);
  if (!hasValues && count === 0) return null;

  const verified = facets?.verified ?? [];
  const verifiedInWords = (value: string) => {
    const { modules = 0 } = verified.find((known) => known.value === value) ?? {};
    return `${inWords('verified', value)} (${modules})`;
  };
  return (
    <section aria-label={words.filters} className={styles.filters}>
      <h2 className={styles.heading}>{words.filters}</h2>
      <button
        type="button"
        className={`button ${styles.disclose}`}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => {
          open(!isOpen);
        }}
      >
        <Icon shape={isOpen ? 'close' : 'filter'} />
        {words.openFilters(count)}
      </button>
      <div id={id} className={styles.groups} data-open={isOpen}>
        {FACETS.map((facet) => (
          <FacetGroup
            key={facet}
            legend={words.facets[facet]}
            counts={facets?.[facet] ?? []}
            inWords={(value) => inWords(facet, value)}
            chosen={chosen[facet]}
            onChoose={(values) => {
              onChoose({ ...chosen, [facet]: values });
            }}
          />
        ))}
        {(verified.length > 0 || chosen.verified) && (
          <Pills
            name="adx-verified"
            legend={words.facets.verified}
            isTitled
            options={[
              { value: '', label: words.anyPublisher },
              ...['true', 'false'].map((value) => ({ value, label: verifiedInWords(value) })),
            ]}
            chosen={chosen.verified}
            onChoose={(value) => {
              onChoose({ ...chosen, verified: value });
            }}
          />
        )}
        {((facets?.compatibility ?? []).length > 0 || chosen.platform) && (
          <PlatformFilter
            requirements={facets?.compatibility ?? []}
            chosen={chosen.platform}
            onChoose={(platform) => {
              onChoose({ ...chosen, platform });
            }}
          />
        )}
      </div>
    </section>
  );
}

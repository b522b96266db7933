import { useRef, useState, type RefObject } from 'react';
import { Link, NavigationType, useLocation, useNavigationType } from 'react-router';
import { ChosenFilters } from '../components/ChosenFilters';
import { Command } from '../components/Command';
import { Failure } from '../components/Failure';
import { Notice } from '../components/Notice';
import { PageHeading } from '../components/PageHeading';
import { focusFirstResult, ResultList } from '../components/ResultList';
import { SearchField } from '../components/SearchField';
import { SearchFilters } from '../components/SearchFilters';
import { FiltersSkeleton, ResultsSkeleton } from '../components/Skeleton';
import { useLocale } from '../i18n/locale';
import { loginCommand } from '../lib/loginCommand';
import {
  listFilters,
  NO_FILTERS,
  SORTS,
  writeSearchState,
  type Filters,
  type SearchState,
} from '../lib/searchState';
import { useAfterPause } from '../lib/useAfterPause';
import { useChoice } from '../lib/useChoice';
import { useFocusAfterMore } from '../lib/useFocusAfterMore';
import { useSearch, type Found, type Search } from '../lib/useSearch';
import { useSearchAddress } from '../lib/useSearchAddress';
import { useSurroundings } from '../surroundings';
import styles from './SearchPage.module.css';

/** Long enough that a word typed fluently is one request, short enough to feel immediate. */
const PAUSE_MS = 180;

export function SearchPage() {
  const { messages } = useLocale();
  const { state, show, type, settle } = useSearchAddress();
  const [text, setText] = useQuestionText(state.q);
  const search = useSearch(state);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const resultsHeading = useRef<HTMLHeadingElement>(null);
  const found = foundBy(search);

  useAfterPause(text, PAUSE_MS, type);
  const [shown, change] = useChoice(state, (next) => {
    show({ ...next, q: text });
  });
  const filterBy = (filters: Filters) => {
    change({ ...shown, filters });
  };

  const toField = () => input.current?.focus();

  return (
    <>
      <div className={styles.intro}>
        <PageHeading title={state.q || messages.search.title} className={styles.heading}>
          {messages.search.heading}
        </PageHeading>
        <p className={styles.introduction}>{messages.search.introduction}</p>
      </div>
      <SearchField
        text={text}
        onText={setText}
        onSubmit={settle}
        onLeaveDown={() => {
          focusFirstResult(list);
        }}
        input={input}
      />
      <div className={styles.columns}>
        {found ? (
          <SearchFilters facets={found.facets} chosen={shown.filters} onChoose={filterBy} />
        ) : (
          search.first.status === 'loading' && <FiltersSkeleton />
        )}
        <section aria-label={messages.search.results} className={styles.results}>
          <h2 ref={resultsHeading} tabIndex={-1} className="visually-hidden">
            {messages.search.results}
          </h2>
          <div className={styles.top}>
            <Total search={search} found={found} onLeave={toField} />
            <label className={styles.sort}>
              <span>{messages.search.sort}</span>
              <select
                value={shown.sort}
                onChange={({ target }) => {
                  const sort = SORTS.find((known) => known === target.value) ?? 'relevance';
                  change({ ...shown, sort });
                }}
              >
                {SORTS.map((sort) => (
                  <option key={sort} value={sort}>
                    {messages.search.sorts[sort]}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <ChosenFilters
            chosen={shown.filters}
            onChoose={filterBy}
            onEmpty={() => resultsHeading.current?.focus()}
          />
          <Results search={search} found={found} list={list} onLeave={toField} />
        </section>
      </div>
    </>
  );
}

/** What stands in the field: what is typed, until a link or the back button says otherwise. */
function useQuestionText(question: string) {
  const { key } = useLocation();
  const navigation = useNavigationType();
  const [text, setText] = useState(question);
  const [place, setPlace] = useState(key);
  if (place !== key) {
    setPlace(key);
    // Typing replaces the address, and by the time it does more may have been typed.
    if (navigation !== NavigationType.Replace) setText(question);
  }
  return [text, setText] as const;
}

/** The answer that is shown: until the next one comes, the one before. */
function foundBy({ first }: Search): Found | undefined {
  if (first.status === 'failed') return undefined;
  return first.status === 'ready' ? first.value : first.previous;
}

/**
 * How much was found. It stays in place, so that a change of its words is announced, and keeps the answer before until
 * the next one comes: announcing every keystroke would drown it.
 */
function Total({
  search: { first },
  found,
  onLeave,
}: Pick<ResultsProps, 'search' | 'found' | 'onLeave'>) {
  const { messages } = useLocale();
  const { searching, total, totalFor } = messages.search;
  const words = () => {
    if (first.status === 'failed') return '';
    if (!found) return searching;
    const { q } = found.asked;
    return q ? totalFor(found.total, q) : total(found.total);
  };
  return (
    <div role="status" className={styles.total}>
      <p>{words()}</p>
      {found?.did_you_mean && (
        <DidYouMean asked={found.asked} words={found.did_you_mean} onLeave={onLeave} />
      )}
    </div>
  );
}

interface DidYouMeanProps {
  asked: SearchState;
  words: string;
  onLeave: () => void;
}

/** Leads to what the question may have been meant as. */
function DidYouMean({ asked, words, onLeave }: DidYouMeanProps) {
  const { messages } = useLocale();
  const search = writeSearchState({ ...asked, q: words }).toString();
  return (
    <p className={styles.meant}>
      <Link to={{ search }} onClick={onLeave}>
        {messages.search.didYouMean(words)}
      </Link>
    </p>
  );
}

interface ResultsProps {
  search: Search;
  found: Found | undefined;
  list: RefObject<HTMLUListElement | null>;
  /** Back to the search field. */
  onLeave: () => void;
}

function Results({ search: { first, items: hits, more }, found, list, onLeave }: ResultsProps) {
  const { messages } = useLocale();
  useFocusAfterMore(hits.length, more?.loading ?? false, list);

  if (first.status === 'failed') return <Failure problem={first.problem} onRetry={first.retry} />;
  if (!found) return <ResultsSkeleton />;
  return (
    <div aria-busy={first.status === 'loading'} className={styles.hits}>
      {hits.length > 0 ? (
        <ResultList hits={hits} question={found.asked.q} list={list} onLeaveUp={onLeave} />
      ) : (
        <NothingFound asked={found.asked} onLeave={onLeave} />
      )}
      {more?.problem && <Failure problem={more.problem} onRetry={more.load} />}
      {more && !more.problem && (
        <button
          type="button"
          className={`button ${styles.more}`}
          aria-disabled={more.loading}
          onClick={more.load}
        >
          {more.loading ? messages.search.loadingMore : messages.search.more}
        </button>
      )}
    </div>
  );
}

interface NothingFoundProps extends Pick<ResultsProps, 'onLeave'> {
  asked: SearchState;
}

function NothingFound({ asked, onLeave }: NothingFoundProps) {
  const { messages } = useLocale();
  const { registryUrl } = useSurroundings();
  const words = messages.search;
  const isFiltered = listFilters(asked.filters).length > 0;
  if (!asked.q && !isFiltered) {
    return (
      <Notice title={words.emptyRegistryTitle} detail={words.emptyRegistryHint}>
        <Command label={words.loginLabel} text={loginCommand(registryUrl)} />
        <Command label={words.publishLabel} text={words.publishCommand} />
      </Notice>
    );
  }
  const withoutFilters = writeSearchState({ ...asked, filters: NO_FILTERS }).toString();
  return (
    <Notice
      title={asked.q ? words.emptyTitle(asked.q) : words.emptyFilteredTitle}
      detail={isFiltered ? words.emptyFilteredHint : words.emptyHint}
    >
      {asked.q && isFiltered && (
        <Link to={{ search: withoutFilters }} className="button" onClick={onLeave}>
          {words.withoutFilters}
        </Link>
      )}
      <Link to="/" className="button" onClick={onLeave}>
        {words.startOver}
      </Link>
    </Notice>
  );
}

import { useCallback, useRef, useState, type RefObject } from 'react';
import {
  Link,
  NavigationType,
  useLocation,
  useNavigate,
  useNavigationType,
  useSearchParams,
} from 'react-router';
import { CategoryFilter } from '../components/CategoryFilter';
import { Command } from '../components/Command';
import { Failure } from '../components/Failure';
import { Notice } from '../components/Notice';
import { PageHeading } from '../components/PageHeading';
import { focusFirstResult, ResultList } from '../components/ResultList';
import { SearchField } from '../components/SearchField';
import { ResultsSkeleton } from '../components/Skeleton';
import { useLocale } from '../i18n/locale';
import {
  normaliseQuestion,
  readSearchState,
  SORTS,
  writeSearchState,
  type SearchState,
} from '../lib/searchState';
import { categoryInWords } from '../lib/category';
import { loginCommand } from '../lib/loginCommand';
import { useAfterPause } from '../lib/useAfterPause';
import { useCategories } from '../lib/useCategories';
import { useChoice } from '../lib/useChoice';
import { useFocusAfterMore } from '../lib/useFocusAfterMore';
import { useSearch, type Search } from '../lib/useSearch';
import { useSurroundings } from '../surroundings';
import styles from './SearchPage.module.css';

/** Long enough that a word typed fluently is one request, short enough to feel immediate. */
const PAUSE_MS = 180;

export function SearchPage() {
  const { messages } = useLocale();
  const [params] = useSearchParams();
  const state = readSearchState(params);
  const [text, setText] = useQuestionText(state.q);
  const search = useSearch(state);
  const categories = useCategories(search.items, state.category);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const navigate = useNavigate();

  const show = useCallback(
    (next: SearchState, replace: boolean) => {
      void navigate({ search: writeSearchState(next).toString() }, { replace });
    },
    [navigate],
  );
  const ask = (question: string) => {
    if (normaliseQuestion(question) !== state.q) show({ ...state, q: question }, true);
  };
  useAfterPause(text, PAUSE_MS, ask);
  const [sort, sortBy] = useChoice(state.sort, (sort) => {
    show({ ...state, q: text, sort }, false);
  });

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
        onSubmit={ask}
        onLeaveDown={() => {
          focusFirstResult(list);
        }}
        input={input}
      />
      <div className={styles.controls}>
        {categories.length > 0 && (
          <CategoryFilter
            categories={categories}
            chosen={state.category}
            onChoose={(category) => {
              show({ ...state, q: text, category }, false);
            }}
          />
        )}
        <label className={styles.sort}>
          <span>{messages.search.sort}</span>
          <select
            value={sort}
            onChange={(event) => {
              sortBy(SORTS.find((known) => known === event.target.value) ?? 'relevance');
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
      <section aria-label={messages.search.results} className={styles.results}>
        <h2 className="visually-hidden">{messages.search.results}</h2>
        <Total search={search} />
        <Results search={search} state={state} list={list} onLeave={() => input.current?.focus()} />
      </section>
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

/**
 * How much was found. It stays in place, so that a change of its words is announced, and keeps the answer before until
 * the next one comes: announcing every keystroke would drown it.
 */
function Total({ search: { first } }: { search: Search }) {
  const { messages } = useLocale();
  const { searching, total, totalFor } = messages.search;
  const words = () => {
    if (first.status === 'failed') return '';
    const found = first.status === 'ready' ? first.value : first.previous;
    if (!found) return searching;
    return found.question ? totalFor(found.total, found.question) : total(found.total);
  };
  return (
    <p role="status" className={styles.total}>
      {words()}
    </p>
  );
}

interface ResultsProps {
  search: Search;
  state: SearchState;
  list: RefObject<HTMLUListElement | null>;
  /** Back to the search field. */
  onLeave: () => void;
}

function Results({ search: { first, items: hits, more }, state, list, onLeave }: ResultsProps) {
  const { messages } = useLocale();
  useFocusAfterMore(hits.length, more?.loading ?? false, list);

  if (first.status === 'failed') return <Failure problem={first.problem} onRetry={first.retry} />;
  if (first.status === 'loading' && hits.length === 0) return <ResultsSkeleton />;
  if (hits.length === 0) return <NothingFound state={state} onLeave={onLeave} />;
  return (
    <div aria-busy={first.status === 'loading'} className={styles.hits}>
      <ResultList hits={hits} question={state.q} list={list} onLeaveUp={onLeave} />
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

function NothingFound({ state, onLeave }: Pick<ResultsProps, 'state' | 'onLeave'>) {
  const { messages } = useLocale();
  const { registryUrl } = useSurroundings();
  const words = messages.search;
  if (!state.q && !state.category) {
    return (
      <Notice title={words.emptyRegistryTitle} detail={words.emptyRegistryHint}>
        <Command label={words.loginLabel} text={loginCommand(registryUrl)} />
        <Command label={words.publishLabel} text={words.publishCommand} />
      </Notice>
    );
  }
  return (
    <Notice
      title={
        state.q
          ? words.emptyTitle(state.q)
          : words.emptyCategoryTitle(categoryInWords(state.category))
      }
      detail={words.emptyHint}
    >
      <Link to="/" className="button" onClick={onLeave}>
        {words.startOver}
      </Link>
    </Notice>
  );
}

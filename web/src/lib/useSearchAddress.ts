import { useCallback } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { readSearchState, writeSearchState, type SearchState } from './searchState';

/** What an entry of the browser's history keeps besides its address: the one that it had before somebody typed. */
interface Kept {
  before?: string;
}

/**
 * What the search page shows, which lives in its address. Typing leaves no entry behind for each letter: it takes over the
 * entry that it began at. What is settled gives that entry back and gets one of its own, so that going back leads to where
 * the typing began.
 */
export function useSearchAddress() {
  const [params] = useSearchParams();
  const location = useLocation();
  const navigate = useNavigate();
  const state = readSearchState(params);
  const now = write(state);
  const { before } = (location.state ?? {}) as Kept;

  const show = useCallback(
    (next: SearchState) => {
      void navigate({ search: write(next) });
    },
    [navigate],
  );
  /** Searches for what has been typed so far. */
  const type = (q: string) => {
    const next = write({ ...state, q });
    if (next === now) return;
    const kept: Kept = { before: before ?? now };
    void navigate({ search: next }, { replace: true, state: kept });
  };
  /** Searches for what somebody is done with typing. */
  const settle = (q: string) => {
    const next = write({ ...state, q });
    if (before !== undefined) void navigate({ search: before }, { replace: true });
    if (next !== (before ?? now)) void navigate({ search: next });
  };
  return { state, show, type, settle };
}

const write = (state: SearchState) => writeSearchState(state).toString();

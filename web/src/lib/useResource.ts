import { useCallback, useEffect, useMemo, useState } from 'react';
import { Problem } from '../api/problem';

export type Resource<T> = { retry: () => void } & (
  | { status: 'loading'; /** What the request before this one gave. */ previous?: T | undefined }
  | { status: 'ready'; value: T }
  | { status: 'failed'; problem: Problem }
);

type Outcome<T> = { value: T } | { problem: Problem };

/**
 * Loads something whenever `load` changes (memoise it), and again on `retry`. A request that is no longer wanted is
 * aborted, and whatever it still answers is ignored.
 */
export function useResource<T>(load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [attempt, setAttempt] = useState(0);
  // One object per request: its identity tells whether what has settled is what is wanted now.
  const request = useMemo(() => ({ load, attempt }), [load, attempt]);
  const [settled, setSettled] = useState<{ request: typeof request; outcome: Outcome<T> }>();

  useEffect(() => {
    const controller = new AbortController();
    const settle = (outcome: Outcome<T>) => {
      if (!controller.signal.aborted) setSettled({ request, outcome });
    };
    request.load(controller.signal).then(
      (value) => {
        settle({ value });
      },
      (error: unknown) => {
        settle({ problem: error instanceof Problem ? error : new Problem(0, '') });
      },
    );
    return () => {
      controller.abort();
    };
  }, [request]);

  const retry = useCallback(() => {
    setAttempt((count) => count + 1);
  }, []);

  if (settled?.request !== request) {
    const previous = settled && 'value' in settled.outcome ? settled.outcome.value : undefined;
    return { status: 'loading', previous, retry };
  }
  return 'value' in settled.outcome
    ? { status: 'ready', value: settled.outcome.value, retry }
    : { status: 'failed', problem: settled.outcome.problem, retry };
}

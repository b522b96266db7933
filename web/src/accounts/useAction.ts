import { useCallback, useRef, useState } from 'react';
import { Problem } from '../api/problem';

export interface Action {
  /** Does something, unless it is being done; what goes wrong is kept. Says whether it went well. */
  run: (work: () => Promise<void>) => Promise<boolean>;
  isBusy: boolean;
  problem: Problem | undefined;
}

/** Something that a form does, one at a time. */
export function useAction(): Action {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const running = useRef(false);
  const run = useCallback(async (work: () => Promise<void>) => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(0, ''));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  return { run, isBusy, problem };
}

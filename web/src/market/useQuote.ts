import { useCallback, useState } from 'react';
import { useSession } from '../accounts/session';
import type { NewOrder, OrderQuote } from '../api/market';
import type { Problem } from '../api/problem';
import { useAfterPause } from '../lib/useAfterPause';
import { useResource } from '../lib/useResource';

/** How long somebody may type without a pause before the price is reckoned. */
const PAUSE_MS = 300;

interface Quote {
  /** The last one that came; it may be of what was wanted before. */
  shown: OrderQuote | undefined;
  /** Why there is none for what is wanted. */
  problem: Problem | undefined;
  isReckoning: boolean;
  /** Asks again. */
  reckon: () => void;
}

/** What an order would cost whoever is signed in, asked for again whenever what is wanted has changed. */
export function useQuote(csrf: string, wish: NewOrder): Quote {
  const { market } = useSession();
  const [asked, ask] = useState(wish);
  const [last, keep] = useState<OrderQuote>();
  useAfterPause(JSON.stringify(wish), PAUSE_MS, () => {
    ask(wish);
  });
  const quote = useResource(
    useCallback(
      async (signal: AbortSignal) => {
        const given = await market.quote(csrf, asked, signal);
        keep(given);
        return given;
      },
      [market, csrf, asked],
    ),
  );
  const problem = quote.status === 'failed' ? quote.problem : undefined;
  return {
    shown: quote.status === 'ready' ? quote.value : problem ? undefined : last,
    problem,
    isReckoning: quote.status === 'loading' || JSON.stringify(asked) !== JSON.stringify(wish),
    reckon: quote.retry,
  };
}

/** Whether two quotes say the same to whoever orders. */
export const isSame = (a: OrderQuote | undefined, b: OrderQuote): boolean =>
  a !== undefined && JSON.stringify(a) === JSON.stringify(b);

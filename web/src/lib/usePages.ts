import { useCallback, useEffect, useRef, useState } from 'react';
import { Problem } from '../api/problem';
import { useResource, type Resource } from './useResource';

export interface Page<Item = unknown> {
  items: Item[];
  next_cursor?: string | null | undefined;
}

type ItemOf<P extends Page> = P['items'][number];

export interface Pages<P extends Page> {
  first: Resource<P>;
  /** Everything loaded so far; what was there before, while a new first page is on its way. */
  items: ItemOf<P>[];
  /** How to get the next page, where there is one. */
  more?: { load: () => void; loading: boolean; problem?: Problem | undefined } | undefined;
}

interface Further<P extends Page> {
  /** The first page that these follow. */
  of: P;
  items: ItemOf<P>[];
  cursor: string | null | undefined;
  status: 'idle' | 'loading' | Problem;
}

/** Loads a list page by page; it starts again whenever `load` changes (memoise it). */
export function usePages<P extends Page>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<P>,
): Pages<P> {
  const first = useResource(useCallback((signal) => load(undefined, signal), [load]));

  const page = first.status === 'ready' ? first.value : undefined;
  const shown = first.status === 'loading' ? first.previous : page;
  const [stored, setFurther] = useState<Further<P>>();
  const further = stored && stored.of === shown ? stored : undefined;

  const running = useRef<AbortController>(undefined);
  // A further page of a list that is no longer wanted is of no use.
  useEffect(() => () => running.current?.abort(), [page]);

  const cursor = further ? further.cursor : page?.next_cursor;
  const loadMore = () => {
    if (!page || !cursor || further?.status === 'loading') return;
    const { signal } = (running.current = new AbortController());
    const before = { of: page, items: further?.items ?? [], cursor };
    const settle = (next: Further<P>) => {
      if (!signal.aborted) setFurther(next);
    };
    settle({ ...before, status: 'loading' });
    load(cursor, signal).then(
      ({ items, next_cursor }) => {
        settle({
          of: page,
          items: [...before.items, ...items],
          cursor: next_cursor,
          status: 'idle',
        });
      },
      (error: unknown) => {
        settle({ ...before, status: error instanceof Problem ? error : new Problem(0, '') });
      },
    );
  };

  return {
    first,
    items: [...(shown?.items ?? []), ...(further?.items ?? [])],
    more:
      page && cursor
        ? {
            load: loadMore,
            loading: further?.status === 'loading',
            problem: further?.status instanceof Problem ? further.status : undefined,
          }
        : undefined,
  };
}

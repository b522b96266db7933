import { useEffect, useRef, type RefObject } from 'react';

/**
 * After “Show more”, the focus goes to the first of the new results, not to where the button was. Results are what has
 * `data-result` in the list.
 */
export function useFocusAfterMore(
  count: number,
  loading: boolean,
  list: RefObject<HTMLElement | null>,
): void {
  const before = useRef<number>(undefined);
  useEffect(() => {
    if (loading) {
      before.current = count;
    } else if (before.current !== undefined) {
      if (count > before.current) {
        list.current?.querySelectorAll<HTMLElement>('[data-result]')[before.current]?.focus();
      }
      before.current = undefined;
    }
  }, [count, loading, list]);
}

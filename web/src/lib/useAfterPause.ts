import { useEffect, useEffectEvent } from 'react';

/** Calls `action`, as last rendered, once `value` has stayed the same for `delayMs`; never once the component is gone. */
export function useAfterPause<T>(value: T, delayMs: number, action: (value: T) => void): void {
  const run = useEffectEvent(action);
  useEffect(() => {
    const timer = setTimeout(() => {
      run(value);
    }, delayMs);
    return () => {
      clearTimeout(timer);
    };
  }, [value, delayMs]);
}

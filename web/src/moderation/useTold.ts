import { useEffect, useRef, useState, type RefObject } from 'react';

interface Told {
  told: string | undefined;
  tell: (words: string | undefined) => void;
  /** Where it is told. */
  place: RefObject<HTMLParagraphElement | null>;
}

/**
 * What came of the last question. It takes the focus once no question is open any more: the button that had it goes with what was
 * decided.
 */
export function useTold(isAsking: boolean): Told {
  const [told, tell] = useState<string>();
  const place = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (told && !isAsking) place.current?.focus();
  }, [told, isAsking]);
  return { told, tell, place };
}

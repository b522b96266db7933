import { useSearchParams } from 'react-router';

/** One of a few words that the address holds under `name`; the empty string for any. A word that is none of them is none. */
export function useFilter<Word extends string>(
  name: string,
  words: readonly Word[],
): [Word | '', (word: string) => void] {
  const [params, setParams] = useSearchParams();
  const asked = params.get(name);
  const chosen = words.find((word) => word === asked) ?? '';
  const choose = (word: string) => {
    const next = new URLSearchParams(params);
    if (word) next.set(name, word);
    else next.delete(name);
    setParams(next, { replace: true, preventScrollReset: true });
  };
  return [chosen, choose];
}

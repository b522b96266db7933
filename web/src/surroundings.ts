import { createContext, use } from 'react';
import { createRegistry, type Registry } from './api/registry';

/** What the pages need from wherever they are mounted. */
export interface Surroundings {
  registry: Registry;
  /** Where the registry answers; empty for the page's own origin. */
  registryUrl: string;
  /** Told the name of each page shown. */
  onTitle: (title: string) => void;
}

export const SurroundingsContext = createContext<Surroundings>({
  registry: createRegistry(''),
  registryUrl: '',
  onTitle: () => undefined,
});

export function useSurroundings(): Surroundings {
  return use(SurroundingsContext);
}

import { Badge } from '../components/Badge';
import { toneOf } from './state';

/** How far something has come, in the words of its kind. */
export function StateOf({ state, words }: { state: string; words: Record<string, string> }) {
  return <Badge tone={toneOf(state)}>{words[state] ?? state}</Badge>;
}

import type { Moderation } from '../api/moderation';
import { Problem } from '../api/problem';
import type { Subject } from './subject';

/** What was said, and about what. */
interface Said {
  namespace: string;
  /** The likeliest first: what nothing was decided about is passed over. */
  subjects: Subject[];
  text: string;
}

/** Appeals. Rejects with the `Problem` of the last of the subjects. */
export async function openAppeal(
  moderation: Moderation,
  csrf: string,
  { namespace, subjects: [subject, ...others], text }: Said,
): Promise<void> {
  if (!subject) return;
  try {
    await moderation.appeal(csrf, namespace, { ...subject, text });
  } catch (error) {
    const isAboutAnother = error instanceof Problem && error.kind === 'nothing-decided';
    if (!isAboutAnother || others.length === 0) throw error;
    await openAppeal(moderation, csrf, { namespace, subjects: others, text });
  }
}

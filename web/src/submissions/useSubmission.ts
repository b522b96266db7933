import { useCallback } from 'react';
import { useSession } from '../accounts/session';
import type { SubmissionDetail } from '../api/submissions';
import { useResource, type Resource } from '../lib/useResource';

/** A submission with what happened to it, and what was known of it while it is asked for again. */
export function useSubmission(
  id: string,
): Resource<SubmissionDetail> & { detail: SubmissionDetail | undefined } {
  const { submissions } = useSession();
  const loaded = useResource(
    useCallback((signal: AbortSignal) => submissions.submission(id, signal), [submissions, id]),
  );
  const shown = loaded.status === 'loading' ? loaded.previous : undefined;
  return { ...loaded, detail: loaded.status === 'ready' ? loaded.value : shown };
}

import { useCallback } from 'react';
import { useSession } from '../accounts/session';
import { useResource } from '../lib/useResource';
import { AppealButton } from './AppealButton';
import { appealsBefore } from './appealsBefore';
import type { Subject } from './subject';

interface AppealProps {
  namespace: string;
  /** What was decided about, the likeliest first. */
  subjects: Subject[];
  /** The same for people. */
  what: string;
}

/** The way to appeal, for whoever may: nothing for others, and nothing where it is not known. */
export function Appeal(props: AppealProps) {
  const { state } = useSession();
  if (!state?.account || !state.csrf_token) return null;
  return <ForMembers {...props} csrf={state.csrf_token} />;
}

function ForMembers(props: AppealProps & { csrf: string }) {
  const { accounts, moderation } = useSession();
  const { namespace } = props;
  const before = useResource(
    useCallback(
      (signal: AbortSignal) => appealsBefore({ accounts, moderation }, namespace, signal),
      [accounts, moderation, namespace],
    ),
  );
  if (before.status !== 'ready' || !before.value) return null;
  return <AppealButton {...props} before={before.value} />;
}

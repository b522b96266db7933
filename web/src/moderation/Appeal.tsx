import { useCallback } from 'react';
import { useSession } from '../accounts/session';
import { useResource } from '../lib/useResource';
import { AppealButton } from './AppealButton';
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
  const { accounts } = useSession();
  const mine = useResource(useCallback(() => accounts.publishers(), [accounts]));
  if (mine.status !== 'ready') return null;
  const member = mine.value.publishers.find(({ namespace }) => namespace === props.namespace);
  if (member?.role !== 'owner' && member?.role !== 'maintainer') return null;
  return <AppealButton {...props} />;
}

import type { Accounts } from '../api/accounts';
import type { Appeal, Moderation } from '../api/moderation';

/**
 * The appeals of a namespace, for whoever may add to them; nothing for others. Rejects with a `Problem` where it is not known who may.
 */
export async function appealsBefore(
  { accounts, moderation }: { accounts: Accounts; moderation: Moderation },
  namespace: string,
  signal: AbortSignal,
): Promise<Appeal[] | undefined> {
  const { publishers } = await accounts.publishers();
  const role = publishers.find((one) => one.namespace === namespace)?.role;
  if (role !== 'owner' && role !== 'maintainer') return undefined;
  // Where they cannot be had, the registry says whether one waits.
  return moderation.appealsOf(namespace, signal).catch(() => []);
}

import type { MyPublisherList } from '../api/accounts';
import type { Tenant } from '../api/market';

/**
 * What somebody may do for a tenant: decide everything, buy, or only ask; `none` for operators, who look. The registry does not say of
 * which organisation a tenant is, so that whoever is an owner of one and has the role billing in another may be offered what the
 * registry then refuses.
 */
export type Part = 'owner' | 'buyer' | 'asker' | 'none';

export function partIn(
  tenant: Tenant,
  mine: Tenant[],
  memberships: MyPublisherList,
  seesMoney: boolean,
): Part {
  if (!mine.some((known) => known.tenant === tenant.tenant)) return 'none';
  if (tenant.buyer === 'account') return 'owner';
  if (!seesMoney) return 'asker';
  return memberships.publishers.some(({ role }) => role === 'owner') ? 'owner' : 'buyer';
}

export const mayDecide = (part: Part) => part === 'owner';
export const mayBuy = (part: Part) => part === 'owner' || part === 'buyer';

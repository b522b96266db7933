import type { webhooks } from '../i18n/webhooks';

type Words = typeof webhooks;
export type WebhookEvent = keyof Words['events'];

/** The events that a publisher's webhook can be sent, as they are chosen. */
export const GROUPS: { name: keyof Words['groups']; events: WebhookEvent[] }[] = [
  {
    name: 'releases',
    events: [
      'release.published',
      'release.yanked',
      'release.unyanked',
      'release.flagged',
      'submission.waiting',
      'submission.discussed',
      'submission.decided',
    ],
  },
  {
    name: 'modules',
    events: [
      'module.deprecated',
      'module.undeprecated',
      'name.deleted',
      'advisory.filed',
      'advisory.changed',
      'advisory.withdrawn',
    ],
  },
  {
    name: 'operators',
    events: [
      'release.quarantined',
      'release.restored',
      'module.quarantined',
      'module.restored',
      'package.revoked',
      'package.unrevoked',
      'key.revoked',
      'key.unrevoked',
      'takedown.put',
      'takedown.lifted',
      'appeal.opened',
      'appeal.decided',
      'name.decided',
      'name.restored',
      'quota.changed',
    ],
  },
  {
    name: 'people',
    events: [
      'owner.invited',
      'owner.accepted',
      'owner.removed',
      'owner.threshold',
      'member.invited',
      'member.accepted',
      'member.role-changed',
      'member.removed',
    ],
  },
  {
    name: 'keys',
    events: [
      'key.added',
      'key.removed',
      'token.created',
      'token.revoked',
      'token.reported',
      'trusted-publisher.added',
      'trusted-publisher.removed',
      'publishing.tightened',
      'publishing.loosened',
      'publishing.announced',
      'publishing.kept',
    ],
  },
  {
    name: 'publisher',
    events: [
      'proposal.opened',
      'proposal.announced',
      'proposal.ended',
      'transfer.offered',
      'transfer.ended',
      'transfer.accepted',
      'domain.verified',
      'domain.lost',
    ],
  },
];

export const EVENTS: WebhookEvent[] = GROUPS.flatMap(({ events }) => events);

/** What an event is, in words; a registry that is newer than the page knows others, which are shown as they are. */
export const inWords = (event: string, words: Words): string =>
  (words.events as Record<string, string>)[event] ?? event;

import type { Member, Proposal, ProposedAction } from '../api/publishers';
import type { Messages } from '../i18n/messages';

/** What a proposal wants, in words. */
export function describe(proposal: Proposal, members: Member[], messages: Messages): string {
  const words = messages.publisherPages.actions;
  const { action, removes } = proposal;
  const nameOf = (id: string) => members.find((member) => member.id === id)?.name ?? words.somebody;
  switch (action.kind) {
    case 'add-key':
      return words.addKey;
    case 'remove-key':
      return words.removeKey(action.key_id.slice(0, 8));
    case 'invite-owner':
      return words.inviteOwner(action.name, action.email ?? undefined);
    case 'remove-owner':
      return words.removeOwner(removes?.name ?? nameOf(action.owner));
    case 'change-role':
      return words.changeRole(nameOf(action.member), messages.publishers.role[action.role]);
    case 'transfer':
      return words.transfer(action.name, action.email ?? undefined);
    case 'set-threshold':
      return words.setThreshold(action.threshold);
    case 'add-trusted-publisher':
      return words.trust(action.trusted.repository, action.trusted.workflow);
    case 'loosen-publishing':
      return words.loosen(messages.publishing.rule[action.switch]);
  }
}

/** What any owner can stop; of the rest, only who opened it takes it back. */
const STOPPED_BY_ANY: ProposedAction['kind'][] = [
  'add-key',
  'remove-key',
  'transfer',
  'add-trusted-publisher',
  'loosen-publishing',
];

export const isStoppedByAny = ({ action }: Proposal) => STOPPED_BY_ANY.includes(action.kind);

import type { KeyPurpose, PublisherKind } from '../api/publishers';
import { count } from './count';

const owners = (n: number) => count(n, 'owner', 'owners');

/** The words of the pages on which a person runs a publisher. */
export const publisherPages = {
  new: 'New publisher',
  newIntroduction:
    'Modules are published in the namespace of a publisher: “acme/invoices” is the module “invoices” of the namespace “acme”.',
  namespaceHint:
    '2 to 40 small letters, digits, - and _, with a letter first. It stays: it is a part of the names of its modules, and cannot be changed.',
  displayName: 'Display name',
  displayNameHint: 'What people read. It can be changed.',
  kind: 'Whose it is',
  kinds: {
    organisation: 'An organisation’s',
    person: 'A person’s',
  } satisfies Record<PublisherKind, string>,
  kindHint: {
    organisation: 'Others can be members, and owners beside you.',
    person: 'You are its only member. It can be made an organisation’s later.',
  } satisfies Record<PublisherKind, string>,
  forOthers:
    'You run this registry: an organisation’s publisher that you make is for others, and you are no member of it. Only a person’s is your own.',
  make: 'Make the publisher',
  closed: 'On this registry publishers are made by whoever runs it: ask them for yours.',
  appealDetail: 'Where an operator refuses a name, you can appeal.',
  toAppeals: 'Go to the appeals',
  made: (namespace: string) => `The publisher ${namespace} is made. This is its first token.`,
  toPublisher: (namespace: string) => `Go to ${namespace}`,
  notMember: 'You are no member of this publisher. One of its owners can invite you.',
  youAre: (role: string) => `You are here as: ${role}`,
  elsewhere: 'More of this publisher',
  about: 'About',
  domain: 'Domain',
  rename: 'Change the display name',
  renamed: 'The display name was changed.',
  makeOrganisation: 'Make it an organisation’s',
  makeOrganisationQuestion: (namespace: string) => `Make ${namespace} an organisation’s?`,
  makeOrganisationDetail: 'Others can be members then. It is not made a person’s again.',
  isOrganisation: 'It is an organisation’s now: others can be invited.',
  quota: 'Quota',
  quotas: {
    modules: 'Modules',
    package_bytes: 'Packages together',
    releases_today: 'Releases today',
  },
  used: (used: string, limit: string) => `${used} of ${limit}`,
  keptBytes: 'Of that not released: waiting, rejected or withdrawn',
  keys: 'Keys',
  keysDetail: 'Releases are signed with one of them. The private half stays on your machine.',
  noKeys: 'There is none. The first is registered with a token alone:',
  moreKeys: 'Another one is added with one that is there:',
  keyCommand: 'Key command',
  purposes: {
    release: 'Signs releases',
    'key-change': 'Signs changes of keys',
  } satisfies Record<KeyPurpose, string>,
  keyAdded: 'Added',
  keyUntil: 'Counts until',
  keyRemoved: 'Removed',
  keyRevoked: 'Revoked',
  members: 'Members',
  you: 'You',
  isInvited: 'Not accepted yet',
  memberSince: 'Since',
  invitedOn: 'Invited',
  role: 'Role',
  changeRole: 'Change the role',
  changeRoleOf: (name: string) => `Change the role of ${name}`,
  changeRoleQuestion: (name: string) => `Another role for ${name}?`,
  changeRoleDetail:
    'Tokens that the member made count no more. Who becomes an owner, or is one no more, is proposed to the owners.',
  roleChanged: (name: string, role: string) => `${name} is here as: ${role}`,
  remove: 'Remove',
  removeOf: (name: string) => `Remove ${name}`,
  removeQuestion: (name: string) => `Remove ${name}?`,
  removeDetail: 'Tokens that the member made count no more.',
  removeOwnerDetail:
    'That is proposed to the owners. Once enough approve, tokens that this owner made count no more.',
  removed: (name: string) => `${name} is a member no more.`,
  leave: 'Leave',
  leaveQuestion: (namespace: string) => `Leave ${namespace}?`,
  leaveDetail:
    'You see and do nothing for it any more, and tokens that you made count no more. Only an owner can invite you again.',
  invite: 'Invite somebody',
  inviteDetail:
    'A letter with a link goes to the address. Whoever is invited again gets another link, and the one before is void.',
  inviteOwner: 'may do everything; is proposed to the owners first.',
  personsDetail:
    'It is a person’s, who is its only member. Make it an organisation’s to invite others.',
  memberNameHint: 'What the others read until the invitation is accepted.',
  invited: (email: string) => `A letter with an invitation goes to ${email}.`,
  proposals: 'Proposals',
  proposalsDetail:
    'What owners decide together: who is one of them, keys without a key, giving the namespace away. Where one approval is enough, it is done at once.',
  noProposals: 'No proposal waits.',
  proposedBy: (name: string) => `Proposed by ${name}`,
  approvals: (given: number, needed: number, names: string[]) =>
    `${given} of ${count(needed, 'approval', 'approvals')}: ${names.join(', ')}`,
  openUntil: 'Can be approved until',
  doneOn: 'Is done, unless an owner objects, on',
  approve: 'Approve',
  approveOf: (what: string) => `Approve: ${what}`,
  approveQuestion: 'Approve this proposal?',
  approveDetail: (what: string) =>
    `${what}. Once enough owners have approved, it is done, or announced where it takes time. You cannot take an approval back.`,
  approved: 'You have approved.',
  withdraw: 'Withdraw',
  withdrawOf: (what: string) => `Withdraw: ${what}`,
  withdrawQuestion: 'Withdraw this proposal?',
  withdrawDetail: (what: string) => `${what}. It is not done then.`,
  withdrawn: 'The proposal was withdrawn.',
  object: 'Object',
  objectOf: (what: string) => `Object: ${what}`,
  objectQuestion: 'Object to this proposal?',
  objectDetail: (what: string) => `${what}. One objection is enough: it is not done then.`,
  objected: 'You have objected: it is not done.',
  actions: {
    addKey: 'Add a key without one that is there',
    removeKey: (key: string) => `Remove the key ${key} without another one`,
    inviteOwner: (name: string, email: string | undefined) =>
      email ? `Invite ${name} (${email}) as an owner` : `Invite ${name} as an owner`,
    removeOwner: (name: string) => `Remove the owner ${name}`,
    changeRole: (name: string, role: string) => `Give ${name} the role: ${role}`,
    transfer: (name: string, email: string | undefined) =>
      email ? `Give the namespace to ${name} (${email})` : `Give the namespace to ${name}`,
    setThreshold: (n: number) => `Let ${owners(n)} approve what is proposed`,
    trust: (repository: string, workflow: string) =>
      `Trust the workflow ${workflow} of ${repository}`,
    giveUp: 'Give the namespace up',
    loosen: (rule: string) => `Turn off “${rule}”`,
    /** For a member that is none any more. */
    somebody: 'a former member',
  },
  done: 'It is done.',
  announced: (when: string) => `It is announced, and done on ${when} unless an owner objects.`,
  failed: (why: string) => `It could not be done: ${why}`,
  threshold: (needed: number, all: number) =>
    `Of ${owners(all)} here, ${count(needed, 'has', 'have')} to approve.`,
  setThreshold: 'Propose another number',
  thresholdLabel: 'How many have to approve',
  thresholdHint: (all: number) => `From 1 to ${all}.`,
  transfer: 'Give the namespace away',
  transferDetail:
    'Whoever you offer it to has 14 days to accept, and owns it alone then. Keys and releases stay.',
  offer: 'Offer the namespace',
  offerQuestion: (namespace: string) => `Offer ${namespace} to somebody else?`,
  offerDetail:
    'Once they accept, everybody who is here loses it, and every token for it counts no more. Until then any owner can take the offer back.',
  offered: (email: string) => `It is offered: a letter goes to ${email}.`,
  offeredTo: 'Offered to',
  offeredOn: 'Offered on',
  noOffer: 'It is offered to nobody.',
  takeBack: 'Take the offer back',
  takeBackQuestion: 'Take the offer back?',
  takeBackDetail: 'The link in the letter counts no more.',
  takenBack: 'The offer was taken back.',
  delete: 'Delete',
  deleteDetail:
    'A module can be deleted within 72 hours of its first release, and later if no other module depends on it; not while there are orders of it. Nobody finds it then, and agents choose none of its versions any more. Its packages stay with whoever has them, and its versions stay taken.',
  deleteModule: 'Delete a module',
  deleteModuleQuestion: 'Which module is to be deleted?',
  deleteModuleConfirm:
    'Type its whole name. Only whoever runs this registry can give it back. The other owners get a letter.',
  moduleName: 'Name of the module',
  moduleNameHint: (namespace: string) => `As it is found: ${namespace}/…`,
  notOfNamespace: (namespace: string) => `That is no module of ${namespace}: type its whole name.`,
  deleted: (module: string) => `${module} is deleted.`,
  giveUp: 'Give the namespace up',
  giveUpDetail:
    'A namespace without modules can be given up. It is proposed to the owners, and done three days after enough have approved, unless one objects.',
  giveUpQuestion: (namespace: string) => `Give ${namespace} up?`,
  giveUpConfirm:
    'Nobody owns it then, and every token for it counts no more. If it ever had a key, nobody else can take it. Only whoever runs this registry can give it back. Type its name.',
  otherName: (namespace: string) => `That is another name: type ${namespace}.`,
  givenUp: 'The namespace is given up.',
};

import type {
  AccountState,
  AppealKind,
  AppealState,
  HeldNameState,
  Likeness,
  ReportAct,
  ReportState,
} from '../api/moderation';
import { count } from './count';

/** The words of the operators' pages about what was reported. */
export const reports = {
  title: 'Reports',
  introduction:
    'Modules that somebody has reported, those with most reports first. Nothing is withheld by their number: read them.',
  list: 'Reported modules',
  empty: 'No report waits.',
  emptyHint: 'Whoever looks at the page of a module can report it.',
  waiting: (n: number) => count(n, 'report waits', 'reports wait'),
  accounts: (n: number) => `from ${count(n, 'account', 'accounts')}`,
  malware: (n: number) => count(n, 'says that it does harm', 'say that it does harm'),
  first: 'The first',
  of: (module: string) => `Reports of ${module}`,
  reports: 'Reports',
  toModule: 'Go to the module',
  state: 'State',
  states: {
    open: 'Waiting',
    confirmed: 'Confirmed',
    dismissed: 'Dismissed',
  } satisfies Record<ReportState, string>,
  noneWaits: 'No report of this module waits.',
  noneOf: 'There is none.',
  version: (version: string) => `Version ${version}`,
  noVersion: 'No version named',
  sent: 'Sent',
  signedIn: 'Signed in as',
  unproved: 'Not signed in; gave an address that nobody proved:',
  notSignedIn: 'Not signed in',
  decided: 'Decided',
  confirm: 'Confirm',
  confirmOf: (when: string) => `Confirm the report of ${when}`,
  confirmQuestion: (module: string) => `Confirm a report of ${module}`,
  confirmDetail:
    'What you choose is done at once. The decision on a report cannot be taken back; whoever was signed in is told the reason by mail.',
  act: 'What is done',
  acts: {
    nothing: 'Nothing',
    quarantine: 'Put a version into quarantine',
    'quarantine-module': 'Put the whole module into quarantine',
    revoke: 'Revoke a version',
  } satisfies Record<ReportAct, string>,
  actHints: {
    nothing: 'Or it has been done already.',
    quarantine: 'Nobody can install it any more. Where it is installed it runs on.',
    'quarantine-module':
      'Nobody can install any of it, nothing is published under it, and searches do not show it. Where it is installed it runs on.',
    revoke: 'Nobody can install it any more, and it stops wherever it runs.',
  } satisfies Record<ReportAct, string>,
  warnings: {
    nothing: undefined,
    quarantine:
      'Its owners are told the reason, and everybody can read it. A quarantine can be ended, but the log keeps that there was one.',
    'quarantine-module':
      'Its owners are told the reason, and everybody can read it. A quarantine can be ended, but the log keeps one for each version that it has.',
    revoke:
      'This cannot be undone for whoever uses it: agents stop it as soon as they hear of it. No appeal ends it, and the log keeps it for good.',
  } satisfies Record<ReportAct, string | undefined>,
  whichVersion: 'Version',
  whichVersionHint: 'Such as 1.2.3. The one that the report names, unless you write another.',
  which: 'Which reports',
  one: 'This one',
  all: 'Every one of this module that waits',
  reason: 'Reason',
  confirmReasonHint:
    'For the publisher, whoever uses the module, and whoever reported it. One line without markup, 500 characters at most.',
  confirmIt: 'Confirm it',
  confirmed: 'Confirmed, and done.',
  dismiss: 'Dismiss',
  dismissOf: (when: string) => `Dismiss the report of ${when}`,
  dismissQuestion: (module: string) => `Dismiss a report of ${module}`,
  dismissDetail:
    'Nothing is done about the module. The decision on a report cannot be taken back; whoever was signed in is told the reason by mail.',
  dismissReasonHint: 'For whoever reported it. One line without markup, 500 characters at most.',
  dismissIt: 'Dismiss it',
  dismissed: 'Dismissed.',
};

/** The words about appeals, for publishers and for operators. */
export const appeals = {
  title: 'Appeals',
  introduction:
    'What publishers, and people who asked for a namespace, say against decisions of operators, the oldest first.',
  ownIntroduction:
    'What was said against decisions of this registry’s operators, and how they answered.',
  list: 'Appeals',
  empty: 'No appeal waits.',
  emptyHint:
    'Publishers appeal against quarantines, takedowns, refused names and rejected submissions.',
  noneOf: 'There is none.',
  none: (namespace: string) => `Nobody has appealed for ${namespace}.`,
  noneHint:
    'Where something was rejected or is withheld, its page has a button for whoever may appeal; refused names are among the submissions.',
  state: 'State',
  states: {
    open: 'Waiting',
    granted: 'Granted',
    denied: 'Denied',
  } satisfies Record<AppealState, string>,
  about: 'About',
  opened: 'Opened',
  for: 'for',
  by: 'by',
  decided: 'Decided',
  answer: 'Answer',
  grant: 'Grant',
  grantOf: (what: string) => `Grant the appeal about ${what}`,
  grantQuestion: 'Grant the appeal?',
  undone: {
    module:
      'The quarantine or takedown of the module ends with this. Versions that are withheld by themselves stay so.',
    version:
      'The quarantine or takedown of the version ends with this. What was revoked or erased cannot be given back: the registry says so.',
    name: 'The name is allowed with this: whoever asked for it may take it.',
    submission:
      'The submission waits for an operator again. It is not released by this: look at it in the review.',
  } satisfies Record<AppealKind, string>,
  told: 'The answer cannot be taken back; whoever appealed is told it by mail.',
  grantIt: 'Grant it',
  granted: 'Granted. What it was about is undone.',
  deny: 'Deny',
  denyOf: (what: string) => `Deny the appeal about ${what}`,
  denyQuestion: 'Deny the appeal?',
  stays: 'It stays as it was decided.',
  denyIt: 'Deny it',
  denied: 'Denied.',
  reason: 'Reason',
  reasonHint: 'For whoever appealed. One line without markup, 500 characters at most.',
  appeal: 'Appeal',
  appealQuestion: (what: string) => `Appeal about ${what}`,
  appealDetail:
    'An operator of this registry reads it and decides once more. The owners of the namespace are told by mail.',
  text: 'What is wrong with the decision',
  textHint: 'What has changed, or was not seen. Plain text, 4,000 characters at most.',
  send: 'Send the appeal',
  done: 'An operator of this registry looks at it.',
  waits: 'An appeal waits for an operator.',
  toList: (namespace: string) => `Appeals of ${namespace}`,
  own: 'Your own',
  ownDetail:
    'If an operator refused a namespace that you had asked for, you can say why it should be yours. The letter about it says which and why.',
  ofPublishers: 'Of publishers',
  forNamespace: 'Appeal for a namespace',
  forNamespaceDetail:
    'An operator of this registry reads it and decides once more. You are told by mail.',
  namespace: 'Namespace',
  namespaceHint: 'The one that was refused, as the letter names it.',
  namespaceText: 'Why it should be yours',
  namespaceTextHint:
    'What connects you with the name, such as a company or a project. Plain text, 4,000 characters at most.',
};

/** The words about names that are held because they resemble others, for operators and for publishers. */
export const names = {
  title: 'Names',
  introduction:
    'New names that resemble others, in the order they were asked for. Nobody has one until an operator has looked whether it is meant to be mistaken.',
  list: 'Held names',
  empty: 'No name waits.',
  emptyHint: 'A new name is held where it resembles a namespace, or a module of somebody else.',
  noneOf: 'There is none.',
  state: 'State',
  states: {
    held: 'Waiting',
    allowed: 'Allowed',
    refused: 'Refused',
  } satisfies Record<HeldNameState, string>,
  /** Between a name and the one that was there before. */
  likenesses: {
    number: 'differs only in a number from',
    repeated: 'repeats a character of',
    swapped: 'swaps two characters of',
    words: 'has in another order the words of',
    omitted: 'leaves out a character of',
    added: 'has one character more than',
    looks: 'looks like',
  } satisfies Record<Likeness, string>,
  asked: 'Asked for',
  decided: 'Decided',
  allow: 'Allow',
  allowOf: (name: string) => `Allow ${name}`,
  allowQuestion: (name: string) => `Allow ${name}?`,
  allowDetail: {
    module:
      'Its publisher may publish under it from now on. The owners of the namespace are told by mail.',
    namespace: 'Whoever asked for it may take it from now on. A person who did is told by mail.',
  },
  allowIt: 'Allow it',
  allowed: 'Allowed.',
  refuse: 'Refuse',
  refuseOf: (name: string) => `Refuse ${name}`,
  refuseQuestion: (name: string) => `Refuse ${name}?`,
  refuseDetail: {
    module:
      'Nothing is published under it; what was published meanwhile stays. The owners of the namespace are told the reason by mail, and can appeal.',
    namespace:
      'Nobody gets it; if it was taken meanwhile, it stays so. The person who asked for it is told the reason by mail, and can appeal.',
  },
  refuseIt: 'Refuse it',
  refused: 'Refused.',
  reason: 'Reason',
  reasonHint: 'For whoever asked for it. One line without markup, 500 characters at most.',
  own: 'Names that were held',
  ownIntroduction:
    'New modules whose names resemble those of others. Nothing is published under one until an operator has allowed it; then publish again.',
};

/** The words of the operators' page about people's accounts. */
export const people = {
  title: 'People',
  introduction:
    'The accounts of this registry, in the order they were made. Whoever is disabled is signed out everywhere and let in no more.',
  list: 'Accounts',
  find: 'Name or address',
  findHint: 'As it begins.',
  search: 'Search',
  state: 'State',
  all: 'All',
  states: {
    active: 'Active',
    disabled: 'Disabled',
    unverified: 'Not verified',
    erased: 'Erased',
  } satisfies Record<AccountState, string>,
  empty: 'There is no such account.',
  emptyHint: 'Only the beginning of a name or of an address is looked for.',
  person: 'Person',
  operator: 'Operator',
  verified: 'Address verified',
  notVerified: 'No',
  factors: 'Second factor',
  oneTimePasswords: 'One-time passwords',
  passkeys: 'Passkey',
  noFactor: 'None',
  signedIn: 'Signed in last',
  notKnown: 'Not kept',
  action: 'What can be done',
  since: 'Disabled since',
  reasonUnsaid: 'Nobody said why.',
  disable: 'Disable',
  disableOf: (who: string) => `Disable ${who}`,
  disableQuestion: (who: string) => `Disable ${who}?`,
  disableDetail:
    'The person is signed out everywhere and let in no more. Tokens that the person made count no more either, until the account is enabled again. Nobody is told by mail.',
  disableIt: 'Disable it',
  disabled: 'Disabled.',
  enable: 'Enable',
  enableOf: (who: string) => `Enable ${who}`,
  enableQuestion: (who: string) => `Enable ${who}?`,
  enableDetail:
    'The person may sign in again, and tokens that the person made count again. Sessions stay ended.',
  enableIt: 'Enable it',
  enabled: 'Enabled.',
  reason: 'Reason',
  reasonHint: 'For operators. One line without markup, 500 characters at most.',
};

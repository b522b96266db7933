import type { ReportAct } from '../api/moderation';

/** What can be done when a report is confirmed, what weighs least first. */
export const ACTS: ReportAct[] = ['nothing', 'quarantine', 'quarantine-module', 'revoke'];

/** Whether it is done to one version. */
export const isOfVersion = (act: ReportAct) => act === 'quarantine' || act === 'revoke';

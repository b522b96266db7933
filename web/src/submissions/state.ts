import type {
  CheckSeverity,
  Finding,
  ReviewCause,
  SubmissionDetail,
  SubmissionState,
} from '../api/submissions';
import type { BadgeTone } from '../components/Badge';

/** The states that a submission stays in for a while, in the order that they come in. */
export const STATES: SubmissionState[] = [
  'in-review',
  'quarantined',
  'staged',
  'released',
  'rejected',
  'withdrawn',
  'errored',
];

/** Those that publishers are told of. */
export const TOLD_STATES = STATES.filter((state) => state !== 'quarantined');

/** Why a submission can need a human. */
export const CAUSES: ReviewCause[] = [
  'first-release',
  'wider-permissions',
  'price',
  'findings',
  'always',
  'publisher',
  'staged',
];

/** The worst first. */
export const SEVERITIES: CheckSeverity[] = ['harmful', 'error', 'warning', 'note'];

/** Whether an operator has to decide. */
export const isInReview = (state: SubmissionState) =>
  state === 'in-review' || state === 'quarantined';

/** Whether an operator or an owner has to decide. */
export const isWaiting = (state: SubmissionState) => isInReview(state) || state === 'staged';

/** How a state looks. */
export function toneOf(state: SubmissionState): BadgeTone {
  if (state === 'released') return 'accent';
  if (state === 'quarantined' || state === 'rejected' || state === 'errored') return 'bad';
  return isWaiting(state) ? 'warn' : 'plain';
}

/** How a finding looks. */
export function toneOfFinding(severity: CheckSeverity): BadgeTone {
  if (severity === 'harmful' || severity === 'error') return 'bad';
  return severity === 'warning' ? 'warn' : 'plain';
}

/** How many findings there are of each severity, the worst first. */
export function counted(findings: Finding[]): { severity: CheckSeverity; n: number }[] {
  return SEVERITIES.map((severity) => ({
    severity,
    n: findings.filter((finding) => finding.severity === severity).length,
  })).filter(({ n }) => n > 0);
}

/** The findings by check: the check with the worst first, and so within each. */
export function byCheck(findings: Finding[]): { check: string; findings: Finding[] }[] {
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  const sorted = [...findings].sort((a, b) => rank(a) - rank(b));
  return [...new Set(sorted.map(({ check }) => check))].map((check) => ({
    check,
    findings: sorted.filter((finding) => finding.check === check),
  }));
}

/** Whether an operator has asked something, and the publisher has said nothing since. */
export function awaitsAnswer({ submission, events }: SubmissionDetail): boolean {
  const asked = events.findLastIndex(({ kind }) => kind === 'question');
  const answered = events.findLastIndex(
    ({ kind, side }) => kind === 'comment' && side === 'publisher',
  );
  return isWaiting(submission.state) && asked > answered;
}

/** The namespace and the name of `namespace/name`. */
export function parts(module: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = module.split('/');
  return { namespace, name };
}

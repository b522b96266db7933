import type { AdvisorySummary } from '../api/registry';
import type { BadgeTone } from '../components/Badge';

/** How an advisory looks. */
export function toneOfSeverity(severity: AdvisorySummary['severity']): BadgeTone {
  return severity === 'high' || severity === 'critical' ? 'bad' : 'warn';
}

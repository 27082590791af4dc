import { type Finding, SEVERITIES, type Severity } from '../domain/finding.ts';
import type { Playbook } from '../domain/playbook.ts';
import { evaluate } from './conditions.ts';
import type { RefContext } from './refs.ts';

export interface AssessedSeverity {
  readonly severity: Severity;
  /** The playbook's reasons for moving it, in its own words. */
  readonly why: readonly string[];
}

/** The severity of a finding's incident under its playbook. */
export function severityOf(playbook: Playbook, finding: Finding, context: RefContext = {}): Severity {
  return assessSeverity(playbook, finding, context).severity;
}

/**
 * Starts at the playbook's base, or at what the finding says. Every `raise` that holds counts and the worst wins; a `lower` counts only when nothing
 * raised it, so that two rules never argue a finding down.
 */
export function assessSeverity(playbook: Playbook, finding: Finding, context: RefContext = {}): AssessedSeverity {
  const { base, raise, lower } = playbook.severity;
  const start = base === 'from-finding' ? finding.severity : base;
  const seen: RefContext = { finding, entity: finding.entities, ...context };
  const up = raise.filter(({ when, to }) => weight(to) > weight(start) && evaluate(when, seen).holds);
  if (up.length > 0)
    return {
      severity: extreme(
        up.map(({ to }) => to),
        1,
      ),
      why: up.map(({ why }) => why),
    };
  const down = lower.filter(({ when, to }) => weight(to) < weight(start) && evaluate(when, seen).holds);
  if (down.length > 0)
    return {
      severity: extreme(
        down.map(({ to }) => to),
        -1,
      ),
      why: down.map(({ why }) => why),
    };
  return { severity: start, why: [] };
}

/** Larger is worse. */
function weight(severity: Severity): number {
  return SEVERITIES.length - SEVERITIES.indexOf(severity);
}

function extreme(severities: readonly Severity[], sign: 1 | -1): Severity {
  return severities.reduce((a, b) => (sign * weight(b) > sign * weight(a) ? b : a));
}

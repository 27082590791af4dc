import { SEVERITIES, type Severity } from '../domain/finding.ts';

/** GuardDuty's own scale: 1.0-3.9 low, 4.0-6.9 medium, 7.0-8.9 high, 9.0-10.0 critical. Values outside are clamped. */
export function fromGuardDuty(value: number): Severity {
  if (value >= 9) return 'critical';
  if (value >= 7) return 'high';
  if (value >= 4) return 'medium';
  return value >= 1 ? 'low' : 'informational';
}

/** ASFF's `Severity.Normalized`: 0 informational, 1-39 low, 40-69 medium, 70-89 high, 90-100 critical. */
export function fromNormalized(value: number): Severity {
  if (value >= 90) return 'critical';
  if (value >= 70) return 'high';
  if (value >= 40) return 'medium';
  return value >= 1 ? 'low' : 'informational';
}

/** `HIGH` and the like in any casing. */
export function fromLabel(label: string): Severity | undefined {
  const wanted = label.toLowerCase();
  return SEVERITIES.find((severity) => severity === wanted);
}

/** For records that give none: they must not be lost, nor wake anybody. */
export const UNSTATED: Severity = 'medium';

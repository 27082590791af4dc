import type { Resource } from '../domain/finding.ts';

/**
 * Whether a GuardDuty finding is one of the console's samples, by what survives in every shape: the title, the test types, and the ids that AWS allots
 * itself. Names that a person can choose do not count: whoever names a bucket must not be able to make a finding about it a sample.
 */
export function looksGenerated(finding: {
  readonly title: string | undefined;
  readonly type: string | undefined;
  readonly resources: readonly Resource[];
}): boolean {
  return (
    /^\[SAMPLE\]/i.test(finding.title ?? '') ||
    /^canary:/i.test(finding.type ?? '') ||
    finding.resources.some(
      ({ type, id }) =>
        /(^|[:/])i-99999999$/.test(id) || (type === 'AwsIamAccessKey' && /(^|[:/])GeneratedFinding/.test(id)),
    )
  );
}

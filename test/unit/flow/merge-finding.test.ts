import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import { isActionable, OUR_NOTE } from '../../../src/domain/sighting.ts';
import { isNews, mergeFinding } from '../../../src/flow/merge-finding.ts';

const base: Finding = {
  key: 'arn:aws:guardduty:eu-west-1:333333333331:detector/d/finding/f',
  source: 'guardduty',
  shape: 'guardduty',
  kind: 'threat',
  id: 'f',
  type: 'Backdoor:EC2/C&CActivity.B!DNS',
  standards: [],
  requirements: [],
  title: 't',
  description: 'd',
  accountId: '333333333331',
  region: 'eu-west-1',
  partition: 'aws',
  severity: 'high',
  rawSeverity: '8',
  state: 'active',
  count: 1,
  createdAt: '2026-11-01T00:00:00.000Z',
  updatedAt: '2026-11-01T00:00:00.000Z',
  resources: [{ type: 'AwsEc2Instance', id: 'i-0123456789abcdef0' }],
  entities: { instance: { id: 'i-0123456789abcdef0' } },
  sample: false,
  writeBack: { guardDuty: { detectorId: 'd', findingId: 'f', region: 'eu-west-1' } },
};
const copy: Finding = {
  ...base,
  shape: 'asff',
  entities: {},
  workflow: 'NEW',
  writeBack: {
    securityHub: {
      id: base.key,
      productArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
      region: 'eu-west-1',
    },
  },
};

describe('two deliveries of one finding', () => {
  it('keeps both ways of writing back and the richer detail', () => {
    const merged = mergeFinding(copy, base);
    expect(merged.writeBack).toEqual({ ...base.writeBack, ...copy.writeBack });
    expect(merged.entities).toEqual(base.entities);
    expect(merged.shape).toBe('guardduty');
  });

  it('never lets an older state overwrite a newer one', () => {
    const archived: Finding = { ...base, state: 'archived', updatedAt: '2026-11-02T00:00:00.000Z', count: 2 };
    expect(mergeFinding(archived, base).state).toBe('archived');
    expect(mergeFinding(base, archived).state).toBe('archived');
  });

  it('gives the same record in either order', () => {
    const variant = fc.record({
      shape: fc.constantFrom('guardduty', 'asff'),
      state: fc.constantFrom('active' as const, 'archived' as const),
      count: fc.integer({ min: 1, max: 4 }),
      updatedAt: fc.constantFrom('2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z', '2026-11-03T00:00:00.000Z'),
      severity: fc.constantFrom('high' as const, 'low' as const),
    });
    fc.assert(
      fc.property(variant, variant, (a, b) => {
        const [left, right] = [
          { ...base, ...a },
          { ...base, ...b },
        ];
        expect(mergeFinding(left, right)).toEqual(mergeFinding(right, left));
      }),
    );
  });

  it('does not take our own write-back for news, but takes somebody else’s', () => {
    const ours: Finding = { ...copy, workflow: 'NOTIFIED', noteBy: OUR_NOTE, updatedAt: '2026-11-03T00:00:00.000Z' };
    const theirs: Finding = { ...ours, workflow: 'SUPPRESSED', noteBy: 'somebody' };
    expect(isNews(copy, ours)).toBe(false);
    expect(isNews(ours, { ...ours, workflow: 'NEW' })).toBe(true);
    expect(isNews(copy, theirs)).toBe(true);
  });
});

describe('what may open an incident', () => {
  it.each([
    [{}, true],
    [{ state: 'archived' }, false],
    [{ workflow: 'SUPPRESSED' }, false],
    [{ workflow: 'RESOLVED' }, false],
    [{ workflow: 'NOTIFIED' }, true],
    [{ compliance: 'PASSED' }, false],
    [{ compliance: 'FAILED' }, true],
    [{ compliance: 'NOT_AVAILABLE' }, false],
  ] as const)('%o: %s', (fields, expected) => {
    expect(isActionable({ ...base, ...fields })).toBe(expected);
  });
});

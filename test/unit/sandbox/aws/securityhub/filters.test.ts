import { expect, test } from 'vitest';
import { Filters, matchesFilters } from '../../../../../sandbox/aws/securityhub/filters.ts';
import type { HubFinding } from '../../../../../sandbox/aws/state/kinds.ts';

const NOW = Date.parse('2026-07-10T00:00:00Z');
const FINDING: HubFinding = {
  Id: 'arn:aws:securityhub:eu-west-1:333333333332:finding/1',
  ProductArn: 'p',
  AwsAccountId: '333333333332',
  GeneratorId: 'security-control/S3.8',
  CreatedAt: '2026-07-01T00:00:00Z',
  UpdatedAt: '2026-07-08T00:00:00Z',
  Title: 'Buckets should block public access',
  Severity: { Label: 'HIGH' },
  Workflow: { Status: 'NEW' },
  Resources: [
    { Id: 'arn:aws:s3:::a', Type: 'AwsS3Bucket' },
    { Id: 'arn:aws:s3:::b', Type: 'AwsS3Bucket' },
  ],
};

function matches(filters: unknown): boolean {
  return matchesFilters(FINDING, Filters.parse(filters), NOW);
}

function text(Comparison: string, ...values: string[]) {
  return values.map((Value) => ({ Value, Comparison }));
}

test.each([
  ['no filter', {}, true],
  ['an equal value', { AwsAccountId: text('EQUALS', '333333333332') }, true],
  ['one of two', { AwsAccountId: text('EQUALS', '1', '333333333332') }, true],
  ['none of them', { AwsAccountId: text('EQUALS', '1') }, false],
  ['a prefix', { Id: text('PREFIX', 'arn:aws:securityhub') }, true],
  ['a prefix that it has not', { Id: text('PREFIX', 'arn:aws:guardduty') }, false],
  ['contains', { Title: text('CONTAINS', 'public') }, true],
  ['not equal to any', { WorkflowStatus: text('NOT_EQUALS', 'RESOLVED', 'SUPPRESSED') }, true],
  ['not equal, but it is', { WorkflowStatus: text('NOT_EQUALS', 'RESOLVED', 'NEW') }, false],
  ['not the prefix', { Id: text('PREFIX_NOT_EQUALS', 'arn:aws:guardduty') }, true],
  ['not contained, but it is', { Title: text('NOT_CONTAINS', 'public') }, false],
  ['any resource', { ResourceId: text('EQUALS', 'arn:aws:s3:::b') }, true],
  [
    'two attributes are joined by and',
    { SeverityLabel: text('EQUALS', 'HIGH'), AwsAccountId: text('EQUALS', '1') },
    false,
  ],
  ['after a date', { UpdatedAt: [{ Start: '2026-07-05T00:00:00Z' }] }, true],
  ['between dates', { UpdatedAt: [{ Start: '2026-07-01T00:00:00Z', End: '2026-07-07T00:00:00Z' }] }, false],
  ['the last days', { UpdatedAt: [{ DateRange: { Value: 3, Unit: 'DAYS' } }] }, true],
  ['not within the last day', { UpdatedAt: [{ DateRange: { Value: 1, Unit: 'DAYS' } }] }, false],
])('%s', (_name, filters, expected) => {
  expect(matches(filters)).toBe(expected);
});

test('more than twenty values, or an attribute nobody knows, are refused', () => {
  expect(Filters.safeParse({ Id: text('EQUALS', ...Array.from({ length: 21 }, String)) }).success).toBe(false);
  expect(Filters.safeParse({ Colour: text('EQUALS', 'red') }).success).toBe(false);
});

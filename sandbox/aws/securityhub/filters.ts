import { z } from 'zod';
import { valuesAt } from '../json-path.ts';
import type { HubFinding } from '../state/kinds.ts';

const Text = z.strictObject({
  Value: z.string(),
  Comparison: z.enum(['EQUALS', 'PREFIX', 'CONTAINS', 'NOT_EQUALS', 'PREFIX_NOT_EQUALS', 'NOT_CONTAINS']),
});
const DateRange = z.strictObject({
  Start: z.string().optional(),
  End: z.string().optional(),
  DateRange: z.strictObject({ Value: z.number().int(), Unit: z.literal('DAYS') }).optional(),
});
const Texts = z.array(Text).max(20).optional();
const Dates = z.array(DateRange).max(20).optional();

/** Where each text filter looks. */
const TEXT_PATHS = {
  Id: 'Id',
  ProductArn: 'ProductArn',
  ProductName: 'ProductName',
  AwsAccountId: 'AwsAccountId',
  Region: 'Region',
  GeneratorId: 'GeneratorId',
  Type: 'Types',
  Title: 'Title',
  SeverityLabel: 'Severity.Label',
  ResourceId: 'Resources.Id',
  ResourceType: 'Resources.Type',
  ResourceRegion: 'Resources.Region',
  WorkflowStatus: 'Workflow.Status',
  RecordState: 'RecordState',
  ComplianceStatus: 'Compliance.Status',
  ComplianceSecurityControlId: 'Compliance.SecurityControlId',
  VerificationState: 'VerificationState',
  NoteUpdatedBy: 'Note.UpdatedBy',
} as const;

const DATE_PATHS = {
  UpdatedAt: 'UpdatedAt',
  CreatedAt: 'CreatedAt',
  FirstObservedAt: 'FirstObservedAt',
  LastObservedAt: 'LastObservedAt',
} as const;

/** At most ten attributes, of which the simulator knows those above; another one is refused with 501 and its name. */
export const Filters = z
  .strictObject({
    Id: Texts,
    ProductArn: Texts,
    ProductName: Texts,
    AwsAccountId: Texts,
    Region: Texts,
    GeneratorId: Texts,
    Type: Texts,
    Title: Texts,
    SeverityLabel: Texts,
    ResourceId: Texts,
    ResourceType: Texts,
    ResourceRegion: Texts,
    WorkflowStatus: Texts,
    RecordState: Texts,
    ComplianceStatus: Texts,
    ComplianceSecurityControlId: Texts,
    VerificationState: Texts,
    NoteUpdatedBy: Texts,
    UpdatedAt: Dates,
    CreatedAt: Dates,
    FirstObservedAt: Dates,
    LastObservedAt: Dates,
  })
  .refine((filters) => Object.keys(filters).length <= 10, 'at most 10 filter attributes');
export type Filters = z.output<typeof Filters>;

/** Whether a finding meets every filter. `now` in milliseconds, for ranges of days. */
export function matchesFilters(finding: HubFinding, filters: Filters, now: number): boolean {
  const texts = Object.entries(TEXT_PATHS).every(([name, path]) => {
    const wanted = isTextFilter(name) ? filters[name] : undefined;
    return !wanted || wanted.length === 0 || matchesText(valuesAt(finding, path), wanted);
  });
  const dates = Object.entries(DATE_PATHS).every(([name, path]) => {
    const wanted = isDateFilter(name) ? filters[name] : undefined;
    return (
      !wanted ||
      wanted.length === 0 ||
      wanted.some((range) => valuesAt(finding, path).some((value) => inRange(Date.parse(value), range, now)))
    );
  });
  return texts && dates;
}

function isTextFilter(name: string): name is keyof typeof TEXT_PATHS {
  return Object.hasOwn(TEXT_PATHS, name);
}

function isDateFilter(name: string): name is keyof typeof DATE_PATHS {
  return Object.hasOwn(DATE_PATHS, name);
}

/** Positive comparisons are joined by OR, negative ones by AND (Security Hub API reference, StringFilter). */
function matchesText(values: readonly string[], wanted: ReadonlyArray<z.output<typeof Text>>): boolean {
  const positive = wanted.filter(({ Comparison }) => !Comparison.includes('NOT'));
  const negative = wanted.filter(({ Comparison }) => Comparison.includes('NOT'));
  const some = positive.length === 0 || positive.some((filter) => values.some((value) => compares(value, filter)));
  return some && negative.every((filter) => !values.some((value) => compares(value, filter)));
}

function compares(value: string, { Value, Comparison }: z.output<typeof Text>): boolean {
  if (Comparison.startsWith('PREFIX')) return value.startsWith(Value);
  return Comparison.endsWith('CONTAINS') ? value.includes(Value) : value === Value;
}

function inRange(time: number, range: z.output<typeof DateRange>, now: number): boolean {
  if (range.DateRange) return time >= now - range.DateRange.Value * 86_400_000 && time <= now;
  const start = range.Start === undefined ? Number.NEGATIVE_INFINITY : Date.parse(range.Start);
  const end = range.End === undefined ? Number.POSITIVE_INFINITY : Date.parse(range.End);
  return time >= start && time <= end;
}

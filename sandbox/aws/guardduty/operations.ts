import { z } from 'zod';
import { SECURITY_ACCOUNT } from '../../world.ts';
import { detectorArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { publishGuardDuty } from '../events/publish.ts';
import { valuesAt } from '../json-path.ts';
import { type Call, defineOperation, type Need, type Operation, operationMap } from '../operation.ts';
import { pageOf } from '../paging.ts';
import type { GuardDutyFinding } from '../state/kinds.ts';
import { readJson } from '../wire/json.ts';
import { type Shape, WIRE_SERVICES } from '../wire/schemas.ts';
import { sampleFinding } from './samples.ts';

const DetectorId = z.string().min(1).max(300);
const FindingIds = z
  .array(z.string().min(1).max(300))
  .min(0)
  .max(50, 'Member must have length less than or equal to 50');

function need(action: string, call: Call, detectorId: string): Need[] {
  return [{ action: `guardduty:${action}`, resource: detectorArn(call.region, call.account, detectorId) }];
}

function checkDetector(call: Call, id: string): void {
  if (!call.state.table('detectors', call.account, call.region).get(id)) {
    throw new AwsError(
      'BadRequestException',
      'The request is rejected because the input detectorId is not owned by the current account.',
    );
  }
}

/** The administrator sees the findings of every account; a member its own. */
function visible(call: Call): GuardDutyFinding[] {
  const everywhere = call.state.everywhere('guardduty-findings').filter(({ region }) => region === call.region);
  return everywhere
    .filter(({ account }) => call.account === SECURITY_ACCOUNT || account === call.account)
    .map(({ row }) => row);
}

/** Stored findings have the names of the wire; answers are built with the names of the model. */
function findingShape(): Shape {
  const operation = WIRE_SERVICES.guardduty.operations.get('GetFindings');
  if (!operation) throw new Error('the SDK no longer exports GetFindings');
  return operation.output.getMemberSchema('Findings').getValueSchema();
}

const listDetectors = defineOperation({
  name: 'ListDetectors',
  input: z.strictObject({ MaxResults: z.number().int().min(1).max(50).default(50), NextToken: z.string().optional() }),
  needs: () => [{ action: 'guardduty:ListDetectors', resource: '*' }],
  run(input, call) {
    const { items, next } = pageOf(
      call.state.table('detectors', call.account, call.region).list(),
      input.MaxResults,
      input.NextToken,
      'BadRequestException',
    );
    return {
      DetectorIds: items.map((detector) => detector.DetectorId),
      ...(next === undefined ? {} : { NextToken: next }),
    };
  },
});

const getDetector = defineOperation({
  name: 'GetDetector',
  input: z.strictObject({ DetectorId }),
  needs: (input, call) => need('GetDetector', call, input.DetectorId),
  run(input, call) {
    checkDetector(call, input.DetectorId);
    const detector = call.state.table('detectors', call.account, call.region).get(input.DetectorId);
    return {
      Status: 'ENABLED',
      CreatedAt: detector?.CreatedAt,
      UpdatedAt: detector?.CreatedAt,
      FindingPublishingFrequency: detector?.FindingPublishingFrequency,
      ServiceRole: `arn:aws:iam::${call.account}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty`,
    };
  },
});

const Words = z.array(z.string());
const Condition = z.strictObject({
  Eq: Words.optional(),
  Equals: Words.optional(),
  Neq: Words.optional(),
  NotEquals: Words.optional(),
  Gt: z.number().optional(),
  GreaterThan: z.number().optional(),
  Gte: z.number().optional(),
  GreaterThanOrEqual: z.number().optional(),
  Lt: z.number().optional(),
  LessThan: z.number().optional(),
  Lte: z.number().optional(),
  LessThanOrEqual: z.number().optional(),
});

/** Times are compared as milliseconds since 1970. */
function asNumber(text: string): number {
  return /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number(text);
}

function meets(values: readonly string[], condition: z.output<typeof Condition>): boolean {
  const equals = condition.Equals ?? condition.Eq;
  const differs = condition.NotEquals ?? condition.Neq;
  const bounds: ReadonlyArray<readonly [number | undefined, (value: number, bound: number) => boolean]> = [
    [condition.GreaterThan ?? condition.Gt, (value, bound) => value > bound],
    [condition.GreaterThanOrEqual ?? condition.Gte, (value, bound) => value >= bound],
    [condition.LessThan ?? condition.Lt, (value, bound) => value < bound],
    [condition.LessThanOrEqual ?? condition.Lte, (value, bound) => value <= bound],
  ];
  if (equals && !values.some((value) => equals.includes(value))) return false;
  if (differs && values.some((value) => differs.includes(value))) return false;
  return bounds.every(
    ([bound, compare]) => bound === undefined || values.some((value) => compare(asNumber(value), bound)),
  );
}

const listFindings = defineOperation({
  name: 'ListFindings',
  input: z.strictObject({
    DetectorId,
    FindingCriteria: z.strictObject({ Criterion: z.record(z.string(), Condition).default({}) }).prefault({}),
    SortCriteria: z
      .strictObject({
        AttributeName: z.string().default('updatedAt'),
        OrderBy: z.enum(['ASC', 'DESC']).default('DESC'),
      })
      .prefault({}),
    MaxResults: z.number().int().min(1).max(50).default(50),
    NextToken: z.string().optional(),
  }),
  needs: (input, call) => need('ListFindings', call, input.DetectorId),
  run(input, call) {
    checkDetector(call, input.DetectorId);
    const criteria = Object.entries(input.FindingCriteria.Criterion);
    const found = visible(call).filter((finding) =>
      criteria.every(([path, condition]) => meets(valuesAt(finding, path), condition)),
    );
    const { items, next } = pageOf(
      sorted(found, input.SortCriteria),
      call.emptyPage ? 0 : input.MaxResults,
      input.NextToken,
      'BadRequestException',
      { FindingCriteria: input.FindingCriteria, SortCriteria: input.SortCriteria },
    );
    return { FindingIds: items.map((finding) => finding.id), NextToken: next ?? '' };
  },
});

function sorted(
  findings: readonly GuardDutyFinding[],
  { AttributeName, OrderBy }: { readonly AttributeName: string; readonly OrderBy: 'ASC' | 'DESC' },
): GuardDutyFinding[] {
  const sign = OrderBy === 'ASC' ? 1 : -1;
  return findings
    .map((finding) => {
      const text = valuesAt(finding, AttributeName)[0] ?? '';
      return { finding, text, number: asNumber(text) };
    })
    .sort((a, b) => compare(a, b) * sign)
    .map(({ finding }) => finding);
}

interface SortKey {
  readonly text: string;
  readonly number: number;
}

/** Dates and numbers by value, anything else by its text. */
function compare(a: SortKey, b: SortKey): number {
  const difference = a.number - b.number;
  return Number.isNaN(difference) ? a.text.localeCompare(b.text) : difference;
}

const getFindings = defineOperation({
  name: 'GetFindings',
  input: z.strictObject({ DetectorId, FindingIds }),
  needs: (input, call) => need('GetFindings', call, input.DetectorId),
  run(input, call) {
    checkDetector(call, input.DetectorId);
    const shape = findingShape();
    return {
      Findings: visible(call)
        .filter((finding) => input.FindingIds.includes(finding.id))
        .map((finding) => readJson(shape, finding, { jsonNames: true })),
    };
  },
});

/** Archiving is the administrator's right alone, and it does not reach Security Hub. */
function archiveOperation(name: string, archived: boolean): Operation {
  return defineOperation({
    name,
    write: true,
    input: z.strictObject({ DetectorId, FindingIds }),
    needs: (input, call) => need(name, call, input.DetectorId),
    run(input, call) {
      checkDetector(call, input.DetectorId);
      if (call.account !== SECURITY_ACCOUNT)
        throw new AwsError(
          'BadRequestException',
          'The request is rejected because the current account cannot archive findings; only the administrator account can.',
        );
      for (const finding of visible(call).filter(({ id }) => input.FindingIds.includes(id))) {
        const table = call.state.table('guardduty-findings', finding.accountId, finding.region);
        table.put(finding.id, { ...finding, service: { ...finding.service, archived } });
      }
      return {};
    },
  });
}

const updateFindingsFeedback = defineOperation({
  name: 'UpdateFindingsFeedback',
  write: true,
  input: z.strictObject({
    DetectorId,
    FindingIds,
    Feedback: z.enum(['USEFUL', 'NOT_USEFUL']),
    Comments: z.string().optional(),
  }),
  needs: (input, call) => need('UpdateFindingsFeedback', call, input.DetectorId),
  run(input, call) {
    checkDetector(call, input.DetectorId);
    for (const finding of visible(call).filter(({ id }) => input.FindingIds.includes(id))) {
      const table = call.state.table('guardduty-findings', finding.accountId, finding.region);
      table.put(finding.id, { ...finding, service: { ...finding.service, userFeedback: input.Feedback } });
    }
    return {};
  },
});

const createSampleFindings = defineOperation({
  name: 'CreateSampleFindings',
  write: true,
  input: z.strictObject({
    DetectorId,
    FindingTypes: z.array(z.string().min(1).max(50)).min(0).max(50).default(['Backdoor:EC2/C&CActivity.B!DNS']),
  }),
  needs: (input, call) => need('CreateSampleFindings', call, input.DetectorId),
  run(input, call) {
    checkDetector(call, input.DetectorId);
    for (const type of input.FindingTypes)
      publishGuardDuty(
        call.organization,
        sampleFinding(call.organization, call.account, call.region, type),
        call.state,
      );
    return {};
  },
});

export const guarddutyOperations = operationMap([
  listDetectors,
  getDetector,
  listFindings,
  getFindings,
  archiveOperation('ArchiveFindings', true),
  archiveOperation('UnarchiveFindings', false),
  updateFindingsFeedback,
  createSampleFindings,
]);

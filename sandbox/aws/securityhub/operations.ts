import { z } from 'zod';
import { HOME_REGION, SECURITY_ACCOUNT } from '../../world.ts';
import { hubArn } from '../arn.ts';
import { announceImported, hubKey, hubTable, importFinding } from '../events/publish.ts';
import { valuesAt } from '../json-path.ts';
import { type Call, defineOperation, type Need, operationMap } from '../operation.ts';
import { pageOf } from '../paging.ts';
import type { HubFinding } from '../state/kinds.ts';
import { readJson } from '../wire/json.ts';
import { type Shape, WIRE_SERVICES } from '../wire/schemas.ts';
import { Filters, matchesFilters } from './filters.ts';

const MAX_FINDING_BYTES = 240 * 1024;

function need(action: string, call: Call, keys: Record<string, string> = {}): Need[] {
  return [{ action: `securityhub:${action}`, resource: hubArn(call.region, call.account), keys }];
}

/** The administrator's home Region holds everything, another Region of its own only that Region; a member sees its own findings. */
function isVisible(call: Call, finding: HubFinding): boolean {
  if (call.account !== SECURITY_ACCOUNT)
    return finding.AwsAccountId === call.account && finding['Region'] === call.region;
  return call.region === HOME_REGION || finding['Region'] === call.region;
}

function findingShape(): Shape {
  const operation = WIRE_SERVICES.securityhub.operations.get('GetFindings');
  if (!operation) throw new Error('the SDK no longer exports GetFindings');
  return operation.output.getMemberSchema('Findings').getValueSchema();
}

const Sort = z.strictObject({ Field: z.string().min(1), SortOrder: z.enum(['asc', 'desc']).default('asc') });

const getFindings = defineOperation({
  name: 'GetFindings',
  input: z.strictObject({
    Filters: Filters.prefault({}),
    SortCriteria: z.array(Sort).max(1).default([]),
    MaxResults: z.number().int().min(1).max(100).default(100),
    NextToken: z.string().optional(),
  }),
  needs: (_input, call) => need('GetFindings', call),
  run(input, call) {
    const found = hubTable(call.state)
      .list()
      .filter((finding) => isVisible(call, finding) && matchesFilters(finding, input.Filters, call.clock.now()));
    const { items, next } = pageOf(
      sorted(found, input.SortCriteria[0]),
      call.emptyPage ? 0 : input.MaxResults,
      input.NextToken,
      'InvalidInputException',
      { Filters: input.Filters, SortCriteria: input.SortCriteria },
    );
    const shape = findingShape();
    return {
      Findings: items.map((finding) => readJson(shape, finding, { jsonNames: true })),
      ...(next === undefined ? {} : { NextToken: next }),
    };
  },
});

/** By the text of the field, as the service sorts dates too. */
function sorted(findings: HubFinding[], criterion: z.output<typeof Sort> | undefined): HubFinding[] {
  if (!criterion) return findings;
  const sign = criterion.SortOrder === 'asc' ? 1 : -1;
  return findings
    .map((finding) => ({ finding, key: valuesAt(finding, criterion.Field)[0] ?? '' }))
    .sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : 0))
    .map(({ finding }) => finding);
}

/** What BatchImportFindings asks of a finding; the rest is taken as it is. */
const Importable = z.looseObject({
  SchemaVersion: z.literal('2018-10-08'),
  Id: z.string().min(1).max(512),
  ProductArn: z.string().min(12).max(2048),
  GeneratorId: z.string().min(1).max(512),
  AwsAccountId: z.string().regex(/^\d{12}$/),
  CreatedAt: z.iso.datetime({ offset: true }),
  UpdatedAt: z.iso.datetime({ offset: true }),
  Title: z.string().min(1).max(256),
  Description: z.string().min(1).max(1024),
  Resources: z
    .array(z.looseObject({ Type: z.string().min(1), Id: z.string().min(1).max(512) }))
    .min(1)
    .max(32),
});

const batchImportFindings = defineOperation({
  name: 'BatchImportFindings',
  write: true,
  input: z.strictObject({
    Findings: z
      .array(z.looseObject({ Id: z.string().default('') }))
      .min(1)
      .max(100),
  }),
  needs: (_input, call) => [
    {
      action: 'securityhub:BatchImportFindings',
      resource: `arn:aws:securityhub:${call.region}:${call.account}:product/${call.account}/default`,
    },
  ],
  run(input, call) {
    const failed = input.Findings.flatMap((finding) => importOne(call, finding));
    return { FailedCount: failed.length, SuccessCount: input.Findings.length - failed.length, FailedFindings: failed };
  },
});

/** Imports one finding, or says why not; one bad finding does not stop the others. */
function importOne(call: Call, finding: { readonly Id: string }): object[] {
  const parsed = Importable.safeParse(finding);
  if (!parsed.success)
    return [{ Id: finding.Id, ErrorCode: 'InvalidInput', ErrorMessage: z.prettifyError(parsed.error) }];
  if (Buffer.byteLength(JSON.stringify(finding)) > MAX_FINDING_BYTES)
    return [{ Id: finding.Id, ErrorCode: 'LimitExceeded', ErrorMessage: 'a finding may have 240 KB' }];
  if (parsed.data.AwsAccountId !== call.account)
    return [
      { Id: finding.Id, ErrorCode: 'InvalidAccess', ErrorMessage: 'a finding is imported in the account it is about' },
    ];
  importFinding(call.organization, { Region: call.region, RecordState: 'ACTIVE', ...parsed.data }, call.state);
  return [];
}

const Identifier = z.strictObject({ Id: z.string().min(1), ProductArn: z.string().min(1) });
const Label = z.enum(['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']);

const UpdateInput = z.strictObject({
  FindingIdentifiers: z.array(Identifier).min(1).max(100),
  Note: z.strictObject({ Text: z.string().min(1).max(512), UpdatedBy: z.string().min(1).max(512) }).optional(),
  Severity: z
    .strictObject({
      Label: Label.optional(),
      Normalized: z.number().int().min(0).max(100).optional(),
      Product: z.number().optional(),
    })
    .optional(),
  VerificationState: z.enum(['UNKNOWN', 'TRUE_POSITIVE', 'FALSE_POSITIVE', 'BENIGN_POSITIVE']).optional(),
  Confidence: z.number().int().min(0).max(100).optional(),
  Criticality: z.number().int().min(0).max(100).optional(),
  Types: z.array(z.string()).max(50).optional(),
  UserDefinedFields: z.record(z.string(), z.string()).optional(),
  Workflow: z.strictObject({ Status: z.enum(['NEW', 'NOTIFIED', 'RESOLVED', 'SUPPRESSED']) }).optional(),
});

/** Answers 200 even when findings were left out: those are listed with the reason. The time of the last update stays. */
const batchUpdateFindings = defineOperation({
  name: 'BatchUpdateFindings',
  write: true,
  input: UpdateInput,
  needs: (input, call) => need('BatchUpdateFindings', call, syntaxKeys(input)),
  run(input, call) {
    const { FindingIdentifiers, Note, ...fields } = input;
    const note = Note && { Note: { ...Note, UpdatedAt: new Date(call.clock.now()).toISOString() } };
    const table = hubTable(call.state);
    const known = FindingIdentifiers.filter((id) => {
      const finding = table.get(hubKey(id));
      return finding !== undefined && isVisible(call, finding);
    });
    for (const id of known) update(call, hubKey(id), { ...definedOnly(fields), ...note });
    const unknown = FindingIdentifiers.filter((id) => !known.includes(id));
    return {
      ProcessedFindings: known,
      UnprocessedFindings: unknown.map((id) => ({
        FindingIdentifier: id,
        ErrorCode: 'FindingNotFound',
        ErrorMessage: 'Finding Not Found',
      })),
    };
  },
});

/** Policies may limit which values are set: `securityhub:ASFFSyntaxPath/Workflow.Status` and its like. */
function syntaxKeys(input: z.output<typeof UpdateInput>): Record<string, string> {
  const values = {
    'Workflow.Status': input.Workflow?.Status,
    'Severity.Label': input.Severity?.Label,
    'Note.Text': input.Note?.Text,
    'Note.UpdatedBy': input.Note?.UpdatedBy,
    VerificationState: input.VerificationState,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([path, value]) =>
      value === undefined ? [] : [[`securityhub:ASFFSyntaxPath/${path}`, value]],
    ),
  );
}

function definedOnly(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function update(call: Call, key: string, fields: object): void {
  const table = hubTable(call.state);
  const before = table.get(key);
  if (!before) return;
  const severity =
    'Severity' in fields && typeof fields.Severity === 'object' && typeof before['Severity'] === 'object'
      ? { Severity: { ...before['Severity'], ...fields.Severity } }
      : {};
  const after: HubFinding = { ...before, ...fields, ...severity };
  table.put(key, after);
  if (call.state === call.organization.state) announceImported(call.organization, after);
}

const describeHub = defineOperation({
  name: 'DescribeHub',
  input: z.strictObject({ HubArn: z.string().optional() }),
  needs: (_input, call) => need('DescribeHub', call),
  run: (_input, call) => ({
    HubArn: hubArn(call.region, call.account),
    SubscribedAt: '2026-01-05T08:00:00.000Z',
    AutoEnableControls: true,
    ControlFindingGenerator: 'SECURITY_CONTROL',
  }),
});

export const securityhubOperations = operationMap([getFindings, batchImportFindings, batchUpdateFindings, describeHub]);

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { generateInfra } from '../../../scripts/generators/infra.ts';
import { iamNameOf } from '../../../scripts/lib/iam-names.ts';
import { ACTIONS } from '../../../src/actions/registry.generated.ts';
import { registryOf } from '../../../src/actions/registry.ts';
import { OPERATIONS } from '../../../src/aws/operations.generated.ts';
import { OWN_READS } from '../../../src/aws/own-reads.ts';
import { renderTemplates } from '../../../src/aws/templates.ts';
import { EVENTS } from '../../../src/sources/eventbridge.ts';

const Statement = z.object({
  Sid: z.string().regex(/^[A-Za-z0-9]+$/),
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
  Resource: z.unknown().optional(),
  Principal: z.unknown().optional(),
  Condition: z.unknown().optional(),
});
const Role = z.object({
  Type: z.literal('AWS::IAM::Role'),
  Properties: z.object({
    RoleName: z.string(),
    MaxSessionDuration: z.literal(3600).optional(),
    AssumeRolePolicyDocument: z.object({ Statement: z.array(Statement) }),
    Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(Statement) }) })),
  }),
});
const Member = z.object({ Resources: z.object({ ReadRole: Role, RemediateRole: Role }) });

const { memberRole, hub } = renderTemplates(registryOf(ACTIONS));
const { ReadRole, RemediateRole } = Member.parse(memberRole).Resources;
const statementsOf = (role: z.infer<typeof Role>) =>
  role.Properties.Policies.flatMap((it) => it.PolicyDocument.Statement);
const actionsOf = (role: z.infer<typeof Role>, effect: string) =>
  statementsOf(role)
    .filter((it) => it.Effect === effect)
    .flatMap((it) => it.Action);

describe('the templates', () => {
  it('are the files in infra/', () => {
    for (const { path, text } of generateInfra()) expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('let the roles do what the actions declare, and nothing else', () => {
    expect(new Set(actionsOf(ReadRole, 'Allow'))).toEqual(
      new Set([...OWN_READS, ...ACTIONS.flatMap((it) => it.reads)].flatMap((one) => one.actions)),
    );
    expect(new Set(actionsOf(RemediateRole, 'Allow'))).toEqual(
      new Set(ACTIONS.flatMap((it) => it.writes.flatMap((one) => one.actions))),
    );
    expect([...actionsOf(ReadRole, 'Allow'), ...actionsOf(RemediateRole, 'Allow')].join()).not.toContain('*');
  });

  it('let the reading role write nothing', () => {
    for (const action of actionsOf(ReadRole, 'Allow')) expect(action).toMatch(/:(Get|List|Describe|Lookup)/);
  });

  it.each([
    ['read', ReadRole],
    ['remediate', RemediateRole],
  ] as const)('forbid the %s role to touch Cordon, the trail and the organization', (_, role) => {
    expect(actionsOf(role, 'Deny')).toEqual([
      'iam:*',
      'cloudtrail:StopLogging',
      'cloudtrail:DeleteTrail',
      'organizations:LeaveOrganization',
    ]);
  });

  it.each([
    ['read', ReadRole, 'cordon-read'],
    ['remediate', RemediateRole, 'RUN-*'],
  ] as const)(
    'trust the hub role alone with the %s role, under its ExternalId, organization and source identity',
    (_, role, source) => {
      const trust = role.Properties.AssumeRolePolicyDocument.Statement;
      for (const statement of trust) {
        expect(statement.Principal).toEqual({ AWS: { Ref: 'HubRoleArn' } });
        expect(JSON.stringify(statement.Condition)).toContain('"aws:PrincipalOrgID":{"Ref":"OrganizationId"}');
      }
      const assume = trust.find((it) => it.Action.includes('sts:AssumeRole'));
      expect(JSON.stringify(assume?.Condition)).toContain('"sts:ExternalId":{"Ref":"ExternalId"}');
      expect(JSON.stringify(assume?.Condition)).toContain(`"sts:SourceIdentity":"${source}"`);
    },
  );

  it('send every event that the sources read to the queue, and no other, by rules that the queue admits', () => {
    const Rule = z.object({
      EventPattern: z.object({ source: z.array(z.string()), 'detail-type': z.array(z.string()) }),
    });
    const resources = z
      .record(z.string(), z.looseObject({ Type: z.string(), Properties: z.unknown() }))
      .parse(hub['Resources']);
    const rules = Object.entries(resources).filter(([, one]) => one.Type === 'AWS::Events::Rule');
    const sent = rules.flatMap(([, one]) => {
      const { EventPattern } = Rule.parse(one.Properties);
      return EventPattern['detail-type'].map((type) => `${EventPattern.source[0]}: ${type}`);
    });
    expect(sent.sort()).toEqual(
      Object.entries(EVENTS)
        .map(([type, { source }]) => `${source}: ${type}`)
        .sort(),
    );
    const admitted = JSON.stringify(resources['QueuePolicy']);
    for (const [name] of rules) expect(admitted).toContain(`["${name}","Arn"]`);
  });

  it('make a role that may do nothing, and that answers whether the stack is there and whether the ExternalId is right', () => {
    const { PresenceRole } = z.object({ Resources: z.object({ PresenceRole: Role }) }).parse(memberRole).Resources;
    expect(statementsOf(PresenceRole)).toMatchObject([{ Effect: 'Deny', Action: ['*'], Resource: '*' }]);
    const trust = PresenceRole.Properties.AssumeRolePolicyDocument.Statement;
    for (const statement of trust) {
      expect(statement.Principal).toEqual({ AWS: { Ref: 'HubRoleArn' } });
      expect(JSON.stringify(statement.Condition)).toContain('"aws:PrincipalOrgID":{"Ref":"OrganizationId"}');
    }
    const asking = trust.filter((it) => JSON.stringify(it.Condition).includes('sts:ExternalId'));
    expect(asking.map((it) => it.Sid)).toEqual(['HasItTheRightExternalId']);
  });

  it('give the hub role no right but to assume, the queue, and to read the list of accounts', () => {
    const role = z.object({ Resources: z.object({ HubRole: Role, FindingsRole: Role }) }).parse(hub).Resources;
    expect(new Set(actionsOf(role.HubRole, 'Allow').map((action) => action.split(':')[0]))).toEqual(
      new Set(['sts', 'sqs', 'organizations']),
    );
    const organization = actionsOf(role.HubRole, 'Allow').filter((action) => action.startsWith('organizations:'));
    for (const action of organization) expect(action).toMatch(/:(List|Describe)/);
    expect(actionsOf(role.FindingsRole, 'Allow').every((action) => /^(securityhub|guardduty):/.test(action))).toBe(
      true,
    );
  });

  it('refuse to render a role that IAM would not take', () => {
    const [first] = ACTIONS;
    if (first === undefined) throw new Error('there are no actions');
    const writes = Array.from({ length: 200 }, (_, index) => ({
      actions: ['ec2:CreateTags'],
      resources: [`arn:{partition}:ec2:{region}:{account}:volume/vol-${index}`],
      why: 'a test',
    }));
    expect(() => renderTemplates(registryOf([{ ...first, writes }]))).toThrow(/10240/);
  });
});

describe('the list of operations', () => {
  it.each(['reads', 'writes'] as const)('has only %s that a registered action, or Cordon itself, names', (kind) => {
    const own = kind === 'reads' ? OWN_READS : [];
    const named = new Set([...own, ...ACTIONS.flatMap((action) => action[kind])].flatMap((it) => it.actions));
    expect(OPERATIONS[kind].length).toBeGreaterThan(10);
    for (const name of OPERATIONS[kind]) {
      const [service = '', operation = ''] = name.split(':');
      expect(named).toContain(iamNameOf(service, operation));
    }
  });

  it('keeps reads and writes apart', () => {
    for (const name of OPERATIONS.reads) expect(name).toMatch(/:(Get|List|Describe|Lookup)/);
    for (const name of OPERATIONS.writes) expect(name).not.toMatch(/:(Get|List|Describe|Head)/);
  });
});

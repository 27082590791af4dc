// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's Fn::Sub writes its placeholders so
import { CordonError } from '../domain/errors.ts';
import { canonicalJson, type Json, type JsonObject } from '../domain/json.ts';
import type { Statement } from '../domain/plan.ts';
import type { ActionRegistry } from '../ports.ts';
import { OWN_READS } from './own-reads.ts';
import { PRESENCE } from './role-trouble.ts';

/** CloudFormation, as JSON: `memberRole` goes to every member account (StackSet), `hub` once to the security account. */
export interface Templates {
  readonly memberRole: JsonObject;
  readonly hub: JsonObject;
}

/** IAM allows 10,240 characters of inline policies a role, white space not counted. */
const ROLE_POLICY_LIMIT = 10_240;

const HUB_ROLE = 'cordon-hub';
const FINDINGS_ROLE = 'cordon-findings';
const AUDIT_ROLE = 'cordon-audit';
const READ_ROLE = 'cordon-read';
const ACT_ROLE = 'cordon-remediate';
const PRESENCE_ROLE = 'cordon-presence';

/**
 * Renders both templates from what the registered actions declare, so that a role can do what an action needs and nothing else.
 * Throws `role_policy_too_large` when the declared permissions do not fit one role.
 */
export function renderTemplates(registry: ActionRegistry): Templates {
  return { memberRole: memberRole(registry), hub: hub() };
}

/* ----------------------------------------------------------- member accounts */

function memberRole(registry: ActionRegistry): JsonObject {
  const reads = [...ownReads(), ...permissions(registry, 'reads')];
  const writes = permissions(registry, 'writes');
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description:
      'Cordon in a member account: a role that reads, a role that remediates, and one that may do nothing and shows that the stack is there. Written by npm run generate; do not edit.',
    Metadata: { Cordon: { Why: whys([...reads, ...writes]) } },
    Parameters: {
      HubRoleArn: {
        Type: 'String',
        AllowedPattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$',
        Description: 'ARN of the role Cordon runs as, an output of the hub stack',
      },
      ExternalId: {
        Type: 'String',
        NoEcho: true,
        MinLength: 2,
        MaxLength: 1224,
        Description: 'Shown for each account by: npm run -s cordon -- accounts',
      },
      OrganizationId: {
        Type: 'String',
        AllowedPattern: '^o-[a-z0-9]{10,32}$',
        Description: 'Id of your AWS organization',
      },
      PermissionsBoundaryArn: { Type: 'String', Default: '', Description: 'Optional boundary that both roles carry' },
    },
    Conditions: { HasBoundary: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'PermissionsBoundaryArn' }, ''] }] } },
    Resources: {
      ReadRole: memberResource(READ_ROLE, trustRead(), reads),
      RemediateRole: memberResource(ACT_ROLE, trustAct(), writes),
      PresenceRole: presenceResource(),
    },
    Outputs: {
      ReadRoleArn: { Value: { 'Fn::GetAtt': ['ReadRole', 'Arn'] } },
      RemediateRoleArn: { Value: { 'Fn::GetAtt': ['RemediateRole', 'Arn'] } },
    },
  };
}

function memberResource(name: string, trust: readonly JsonObject[], allowed: readonly Declared[]): JsonObject {
  const document = policy([...allowed.map(allow), ...guardRails()]);
  assertFits(name, document);
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: name,
      Description: 'Assumed by Cordon only; see SECURITY.md of Cordon',
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: policy(trust),
      PermissionsBoundary: { 'Fn::If': ['HasBoundary', { Ref: 'PermissionsBoundaryArn' }, { Ref: 'AWS::NoValue' }] },
      Policies: [{ PolicyName: name, PolicyDocument: document }],
    },
  };
}

/**
 * May do nothing at all, explicitly, so that no policy of a resource can let it either. It answers what STS does not say of the other two: assumed without an ExternalId,
 * whether this stack is there; assumed with it, whether the stack was given the right one. The ExternalId keeps others from using Cordon's role to get in; here is nothing to get.
 */
function presenceResource(): JsonObject {
  const nothing = { Sid: 'NothingAtAll', Effect: 'Deny', Action: '*', Resource: '*' };
  const plain = { StringEquals: { 'sts:SourceIdentity': PRESENCE.plain } };
  const named = { StringEquals: { 'sts:SourceIdentity': PRESENCE.withExternalId } };
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: PRESENCE_ROLE,
      Description: 'May do nothing; by assuming it Cordon sees that its stack is there',
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: policy([
        trust('IsTheStackThere', 'sts:AssumeRole', plain),
        trust('HasItTheRightExternalId', 'sts:AssumeRole', externalId(named)),
        trust('NameTheLook', 'sts:SetSourceIdentity', {
          StringLike: { 'sts:SourceIdentity': `${PRESENCE.plain}*` },
        }),
      ]),
      PermissionsBoundary: { 'Fn::If': ['HasBoundary', { Ref: 'PermissionsBoundaryArn' }, { Ref: 'AWS::NoValue' }] },
      Policies: [{ PolicyName: PRESENCE_ROLE, PolicyDocument: policy([nothing]) }],
    },
  };
}

function trustRead(): readonly JsonObject[] {
  const source = { StringEquals: { 'sts:SourceIdentity': READ_ROLE } };
  return [
    trust('AssumeWithExternalId', 'sts:AssumeRole', externalId(source)),
    trust('NameTheReader', 'sts:SetSourceIdentity', source),
  ];
}

/** A session of the act role always carries the id of its run: as source identity, which the session cannot change. */
function trustAct(): readonly JsonObject[] {
  const source = { StringLike: { 'sts:SourceIdentity': 'RUN-*' } };
  const tags = {
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['cordon:incident', 'cordon:run', 'cordon:approvers'] },
  };
  return [
    trust('AssumeWithExternalId', 'sts:AssumeRole', externalId(source)),
    trust('NameTheRun', 'sts:SetSourceIdentity', source),
    trust('TagTheSession', 'sts:TagSession', tags),
  ];
}

/** `sts:ExternalId` exists for AssumeRole only: asked of the other two actions it would deny them. */
function externalId(condition: Conditions): Conditions {
  return { ...condition, StringEquals: { ...condition['StringEquals'], 'sts:ExternalId': { Ref: 'ExternalId' } } };
}

type Conditions = { readonly [operator: string]: { readonly [key: string]: Json } };

function trust(sid: string, action: string, condition: Conditions): JsonObject {
  return {
    Sid: sid,
    Effect: 'Allow',
    Principal: { AWS: { Ref: 'HubRoleArn' } },
    Action: action,
    Condition: {
      ...condition,
      StringEquals: { ...condition['StringEquals'], 'aws:PrincipalOrgID': { Ref: 'OrganizationId' } },
    },
  };
}

/** What neither role may ever do, whatever else is attached to it later. */
function guardRails(): readonly JsonObject[] {
  return [
    {
      Sid: 'NeverItself',
      Effect: 'Deny',
      Action: 'iam:*',
      Resource: sub('arn:${AWS::Partition}:iam::*:role/cordon-*'),
    },
    {
      Sid: 'NeverTheTrail',
      Effect: 'Deny',
      Action: ['cloudtrail:StopLogging', 'cloudtrail:DeleteTrail'],
      Resource: '*',
    },
    { Sid: 'NeverTheOrganization', Effect: 'Deny', Action: 'organizations:LeaveOrganization', Resource: '*' },
  ];
}

interface Declared {
  readonly sid: string;
  readonly statement: Statement;
  readonly why: string;
}

/** All actions' permissions of one kind; what two actions declare in the same words stands once, under the first one's name. */
function permissions(registry: ActionRegistry, kind: 'reads' | 'writes'): readonly Declared[] {
  const seen = new Map<string, Declared>();
  for (const action of registry.list()) {
    for (const [index, { why, ...statement }] of action[kind].entries()) {
      const key = canonicalJson(statement);
      const sid = `${pascal(action.id)}${kind === 'reads' ? 'Read' : 'Write'}${index + 1}`;
      if (!seen.has(key)) seen.set(key, { sid, statement, why });
    }
  }
  return [...seen.values()];
}

function ownReads(): readonly Declared[] {
  return OWN_READS.map(({ why, ...statement }, index) => ({ sid: `CordonRead${index + 1}`, statement, why }));
}

function whys(declared: readonly Declared[]): JsonObject {
  return Object.fromEntries(declared.map(({ sid, why }) => [sid, why]));
}

function allow({ sid, statement }: Declared): JsonObject {
  return {
    Sid: sid,
    Effect: 'Allow',
    Action: [...statement.actions],
    Resource: statement.resources.map(resource),
    ...(statement.condition === undefined ? {} : { Condition: statement.condition }),
  };
}

/** The roles are the same in every Region of the account; the session policy of each run narrows them to one. */
function resource(template: string): Json {
  if (template === '*') return template;
  return sub(
    template
      .replace('{partition}', '${AWS::Partition}')
      .replace('{account}', '${AWS::AccountId}')
      .replace('{region}', '*'),
  );
}

function assertFits(role: string, document: JsonObject): void {
  const size = JSON.stringify(document).length;
  if (size <= ROLE_POLICY_LIMIT) return;
  throw new CordonError(
    'role_policy_too_large',
    `The policy of ${role} has ${size} characters; IAM takes ${ROLE_POLICY_LIMIT}.`,
    {
      hint: 'Enable fewer actions, or declare their permissions in fewer statements.',
    },
  );
}

/* ---------------------------------------------------------- security account */

function hub(): JsonObject {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description:
      'Cordon in the security account: its own role, the role that writes to findings, and the queue of findings. Written by npm run generate; do not edit.',
    Parameters: {
      OrganizationId: {
        Type: 'String',
        AllowedPattern: '^o-[a-z0-9]{10,32}$',
        Description: 'Id of your AWS organization',
      },
      QueueName: {
        Type: 'String',
        Default: 'cordon-findings',
        Description: 'Name of the queue that the findings arrive in',
      },
      RunsAs: {
        Type: 'String',
        Default: 'ecs-tasks.amazonaws.com',
        Description:
          'Service that Cordon runs on: ecs-tasks.amazonaws.com, ec2.amazonaws.com or pods.eks.amazonaws.com',
      },
      AuditBucket: {
        Type: 'String',
        Default: '',
        Description:
          'Bucket with Object Lock for checkpoints of the audit chain (audit.checkpoints.bucket); empty for none',
      },
    },
    Conditions: { HasAuditBucket: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AuditBucket' }, ''] }] } },
    Resources: {
      HubRole: hubRole(),
      FindingsRole: findingsRole(),
      AuditRole: auditRole(),
      Queue: queue(),
      DeadLetterQueue: {
        Type: 'AWS::SQS::Queue',
        Properties: { QueueName: sub('${QueueName}-dead-letters'), ...kept() },
      },
      QueuePolicy: queuePolicy(),
      ...Object.fromEntries(Object.entries(EVENTS).map(([name, event]) => [name, rule(event)])),
    },
    Outputs: {
      HubRoleArn: {
        Value: { 'Fn::GetAtt': ['HubRole', 'Arn'] },
        Description: 'Parameter HubRoleArn of the member stacks',
      },
      QueueUrl: { Value: { Ref: 'Queue' }, Description: 'CORDON_QUEUE_URL' },
    },
  };
}

/** What is read to know the accounts, their units, states and tags; used when `organization.discover` is set. */
const ORGANIZATION_READS = [
  'organizations:DescribeOrganization',
  'organizations:ListAccounts',
  'organizations:ListAccountsForParent',
  'organizations:ListOrganizationalUnitsForParent',
  'organizations:ListRoots',
  'organizations:ListTagsForResource',
] as const;

/** The events that Cordon reads, by the name of the rule that sends them to its queue. */
const EVENTS = {
  GuardDutyRule: { source: 'aws.guardduty', detailTypes: ['GuardDuty Finding'] },
  SecurityHubRule: {
    source: 'aws.securityhub',
    detailTypes: ['Security Hub Findings - Imported', 'Security Hub Findings - Custom Action', 'Findings Imported V2'],
  },
  HealthRule: { source: 'aws.health', detailTypes: ['AWS Health Event', 'AWS Health Abuse Event'] },
} as const;

/** Assumes the roles of Cordon, empties the queue and reads the list of accounts; it can do nothing else. */
function hubRole(): JsonObject {
  const assume = ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'];
  const member = [READ_ROLE, ACT_ROLE, PRESENCE_ROLE].map((role) => sub(`arn:\${AWS::Partition}:iam::*:role/${role}`));
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: HUB_ROLE,
      Description: 'What Cordon runs as',
      AssumeRolePolicyDocument: policy([
        {
          Sid: 'RunsHere',
          Effect: 'Allow',
          Principal: { Service: { Ref: 'RunsAs' } },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
        },
      ]),
      Policies: [
        {
          PolicyName: HUB_ROLE,
          PolicyDocument: policy([
            {
              Sid: 'MemberRoles',
              Effect: 'Allow',
              Action: assume,
              Resource: member,
              Condition: { StringEquals: { 'aws:ResourceOrgID': { Ref: 'OrganizationId' } } },
            },
            {
              Sid: 'FindingsRole',
              Effect: 'Allow',
              Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
              Resource: sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/${FINDINGS_ROLE}`),
            },
            {
              Sid: 'AuditRole',
              Effect: 'Allow',
              Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
              Resource: sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/${AUDIT_ROLE}`),
            },
            {
              Sid: 'Queue',
              Effect: 'Allow',
              Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
              Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] },
            },
            // Reads of the organization know no narrower resource. They work in the security account once it is a delegated administrator of a service.
            { Sid: 'Organization', Effect: 'Allow', Action: [...ORGANIZATION_READS], Resource: '*' },
          ]),
        },
      ],
    },
  };
}

/** Reads findings and writes their status and note: the only writes without an approval, in a role that reaches nothing else. */
function findingsRole(): JsonObject {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: FINDINGS_ROLE,
      Description: 'Cordon reads findings with it and writes their status and note, and nothing else',
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: policy([
        {
          Sid: 'Hub',
          Effect: 'Allow',
          Principal: { AWS: { 'Fn::GetAtt': ['HubRole', 'Arn'] } },
          Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
          Condition: { StringEquals: { 'sts:SourceIdentity': FINDINGS_ROLE } },
        },
      ]),
      Policies: [
        {
          PolicyName: FINDINGS_ROLE,
          PolicyDocument: policy([
            {
              Sid: 'SecurityHub',
              Effect: 'Allow',
              Action: ['securityhub:BatchUpdateFindings', 'securityhub:GetFindings'],
              Resource: sub('arn:${AWS::Partition}:securityhub:*:${AWS::AccountId}:hub/default'),
            },
            {
              Sid: 'GuardDuty',
              Effect: 'Allow',
              Action: ['guardduty:ArchiveFindings', 'guardduty:GetFindings', 'guardduty:ListFindings'],
              Resource: sub('arn:${AWS::Partition}:guardduty:*:${AWS::AccountId}:detector/*'),
            },
            // Which detector is the account's own; this call knows no narrower resource.
            { Sid: 'OwnDetector', Effect: 'Allow', Action: 'guardduty:ListDetectors', Resource: '*' },
          ]),
        },
      ],
    },
  };
}

/** Checkpoints of the audit chain: new objects under a lock, and reading them again. It cannot remove or shorten one. */
function auditRole(): JsonObject {
  const bucket = 'arn:${AWS::Partition}:s3:::${AuditBucket}';
  return {
    Type: 'AWS::IAM::Role',
    Condition: 'HasAuditBucket',
    Properties: {
      RoleName: AUDIT_ROLE,
      Description: 'Cordon keeps checkpoints of its audit chain with it, and does nothing else',
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: policy([
        {
          Sid: 'Hub',
          Effect: 'Allow',
          Principal: { AWS: { 'Fn::GetAtt': ['HubRole', 'Arn'] } },
          Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
          Condition: { StringEquals: { 'sts:SourceIdentity': AUDIT_ROLE } },
        },
      ]),
      Policies: [
        {
          PolicyName: AUDIT_ROLE,
          PolicyDocument: policy([
            {
              Sid: 'Checkpoints',
              Effect: 'Allow',
              Action: ['s3:PutObject', 's3:PutObjectRetention', 's3:GetObject'],
              Resource: sub(`${bucket}/*`),
            },
            { Sid: 'List', Effect: 'Allow', Action: 's3:ListBucket', Resource: sub(bucket) },
          ]),
        },
      ],
    },
  };
}

function queue(): JsonObject {
  return {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: { Ref: 'QueueName' },
      ...kept(),
      ReceiveMessageWaitTimeSeconds: 20,
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] }, maxReceiveCount: 5 },
    },
  };
}

/** Fourteen days, the longest that SQS keeps a message: a long weekend without Cordon loses nothing. */
function kept(): JsonObject {
  return { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true };
}

/** Only our two rules may send, so that nobody else in the account can plant a finding. */
function queuePolicy(): JsonObject {
  const rules = Object.keys(EVENTS).map((name) => ({ 'Fn::GetAtt': [name, 'Arn'] }));
  return {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'Queue' }],
      PolicyDocument: policy([
        {
          Sid: 'RulesOfThisStack',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          Condition: { ArnEquals: { 'aws:SourceArn': rules } },
        },
      ]),
    },
  };
}

function rule({ source, detailTypes }: (typeof EVENTS)[keyof typeof EVENTS]): JsonObject {
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      Description: `${detailTypes.join(', ')} to Cordon`,
      EventPattern: { source: [source], 'detail-type': [...detailTypes] },
      Targets: [{ Id: 'cordon', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }],
    },
  };
}

function policy(statements: readonly JsonObject[]): JsonObject {
  return { Version: '2012-10-17', Statement: statements };
}

function sub(template: string): JsonObject {
  return { 'Fn::Sub': template };
}

/** `iam.deactivate-access-key` -> `IamDeactivateAccessKey`: IAM takes only letters and digits in a Sid. */
function pascal(id: string): string {
  return id.replace(/(?:^|[.-])([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

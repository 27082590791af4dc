import { z } from 'zod';
import { iamArn, queueArn } from '../arn.ts';
import type { Organization } from '../organization.ts';
import { Queue } from '../sqs/queues.ts';
import { deployManagedPolicy, deployPolicy, deployRole } from './iam-resources.ts';
import { conditionHolds, parameterValues, resolve, type StackScope } from './resolve.ts';
import type { Template } from './template.ts';

export interface StackOrder {
  readonly template: Template;
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Roles that this deployment leaves out. */
  readonly withoutRoles?: readonly string[];
}

/** What a stack made, and which of its resources the simulator has no use for. */
export interface StackResult {
  readonly made: readonly string[];
  readonly ignored: readonly string[];
}

/** Managed policies first, for roles to refer to; policies last, since they refer to roles. */
const ORDER = ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::SQS::Queue'];
const IGNORED = [
  'AWS::SQS::QueuePolicy',
  'AWS::Events::Rule',
  'AWS::KMS::Key',
  'AWS::KMS::Alias',
  'AWS::CloudWatch::Alarm',
  'AWS::SNS::Topic',
];

/**
 * Deploys the part of a CloudFormation template that the simulator has: IAM roles and policies, and queues. Throws naming a type, parameter,
 * attribute or function it does not know, and whatever IAM would refuse.
 */
export function deployStack(organization: Organization, order: StackOrder): StackResult {
  const { template } = order;
  const scope: StackScope = {
    ...order,
    parameters: parameterValues(template, order.parameters),
    attribute: (id, name) => attributeOf(scope, id, name),
  };
  const present = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || conditionHolds(scope, Condition),
  );
  const unknown = present.find(([, { Type }]) => !ORDER.includes(Type) && !IGNORED.includes(Type));
  if (unknown) throw new Error(`the resource ${unknown[0]} has the type ${unknown[1].Type}, which is not known here`);
  const made = present.filter(([, { Type }]) => ORDER.includes(Type)).sort((a, b) => rank(a[1]) - rank(b[1]));
  for (const [, { Type, Properties }] of made) deployResource(organization, order, Type, resolve(scope, Properties));
  return {
    made: made.map(([id]) => id),
    ignored: present.filter(([, { Type }]) => IGNORED.includes(Type)).map(([id]) => id),
  };
}

/** A managed policy that names roles must come after them; a dead letter queue before the queue that uses it. */
function rank(resource: Template['Resources'][string]): number {
  const { Type, Properties } = resource;
  const late =
    (Type === 'AWS::IAM::ManagedPolicy' && Properties['Roles'] !== undefined) ||
    (Type === 'AWS::SQS::Queue' && Properties['RedrivePolicy'] !== undefined);
  return ORDER.indexOf(Type) + (late ? ORDER.length : 0);
}

function deployResource(organization: Organization, order: StackOrder, type: string, properties: unknown): void {
  const place = { state: organization.state, clock: organization.clock, account: order.account };
  switch (type) {
    case 'AWS::IAM::Role':
      if (!order.withoutRoles?.includes(roleName(properties))) deployRole(place, properties);
      return;
    case 'AWS::IAM::Policy':
      deployPolicy(place, properties);
      return;
    case 'AWS::IAM::ManagedPolicy':
      deployManagedPolicy(place, properties);
      return;
    default:
      deployQueue(organization, order, properties);
  }
}

function roleName(properties: unknown): string {
  return z.looseObject({ RoleName: z.string() }).parse(properties).RoleName;
}

const QueueProperties = z.looseObject({
  QueueName: z.string(),
  VisibilityTimeout: z.number().int().default(30),
  RedrivePolicy: z
    .strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: z.number().int().min(1) })
    .optional(),
});

function deployQueue(organization: Organization, order: StackOrder, properties: unknown): void {
  const { account, region } = order;
  const { QueueName: name, VisibilityTimeout, RedrivePolicy } = QueueProperties.parse(properties);
  const deadName = RedrivePolicy?.deadLetterTargetArn.split(':').pop() ?? '';
  const deadLetters = RedrivePolicy && organization.queues.find(account, region, deadName);
  if (RedrivePolicy && !deadLetters)
    throw new Error(`the queue ${name} sends dead letters to ${deadName}, which does not exist`);
  const redrive = RedrivePolicy && {
    redrive: { deadLetterQueue: deadName, maxReceiveCount: RedrivePolicy.maxReceiveCount },
  };
  organization.queues.add(
    new Queue(
      { name, account, region, visibilityTimeoutSeconds: VisibilityTimeout, ...redrive },
      organization.clock,
      deadLetters,
    ),
  );
}

/** The attributes that templates ask for: names and ARNs, which follow from the properties alone. */
function attributeOf(scope: StackScope, id: string, attribute: string): string | undefined {
  const resource = Object.hasOwn(scope.template.Resources, id) ? scope.template.Resources[id] : undefined;
  if (!resource) return undefined;
  const name = (property: string): string => String(resolve(scope, resource.Properties[property]) ?? id);
  const path = String(resolve(scope, resource.Properties['Path']) ?? '/');
  switch (`${resource.Type} ${attribute}`) {
    case 'AWS::IAM::Role Ref':
      return name('RoleName');
    case 'AWS::IAM::Role Arn':
      return iamArn(scope.account, 'role', path, name('RoleName'));
    case 'AWS::IAM::ManagedPolicy Ref':
      return iamArn(scope.account, 'policy', path, name('ManagedPolicyName'));
    case 'AWS::SQS::Queue Arn':
      return queueArn(scope.region, scope.account, name('QueueName'));
    case 'AWS::SQS::Queue QueueName':
    case 'AWS::SQS::Queue Ref':
      return name('QueueName');
    case 'AWS::Events::Rule Arn':
      return `arn:aws:events:${scope.region}:${scope.account}:rule/${scope.stackName}-${id}`;
    case 'AWS::KMS::Key Arn':
      return `arn:aws:kms:${scope.region}:${scope.account}:key/${scope.stackName}-${id}`;
    default:
      return undefined;
  }
}

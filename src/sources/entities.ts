import { isIP } from 'node:net';
import type { Entities, Resource } from '../domain/finding.ts';
import { lastPart, parseArn } from './arn.ts';

/**
 * Typed identifiers out of text that came from outside. Each has its pattern (AWS's own naming rules); what does not fit is left out, and a playbook
 * step that needs it says so. None of them is proof: a plan reads the live object before anything is done with it.
 */
const HEX = '[0-9a-f]{8}(?:[0-9a-f]{9})?';
const PATTERNS = {
  accessKey: /^(AKIA|ASIA)[A-Z0-9]{16}$/,
  instance: new RegExp(`^i-${HEX}$`),
  volume: new RegExp(`^vol-${HEX}$`),
  snapshot: new RegExp(`^snap-${HEX}$`),
  securityGroup: new RegExp(`^sg-${HEX}$`),
  vpc: new RegExp(`^vpc-${HEX}$`),
  subnet: new RegExp(`^subnet-${HEX}$`),
  bucket: /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  iamName: /^[\w+=,.@-]{1,64}$/,
  /** Sessions and federated users: up to 128, may hold `name:session`. */
  principalName: /^[\w+=,.@:/-]{1,160}$/,
  principalId: /^[A-Z0-9]{12,40}(:[\w+=,.@-]{1,64})?$/,
  function: /^[A-Za-z0-9_-]{1,140}$/,
  db: /^[A-Za-z][A-Za-z0-9-]{0,62}$/,
  /** RDS's own snapshots are `rds:NAME-DATE`, those of AWS Backup `awsbackup:job-ID`. */
  dbSnapshot: /^((rds|awsbackup):)?[A-Za-z][A-Za-z0-9-]{0,254}$/,
  cluster: /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/,
  kubernetesName: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
  container: /^[A-Za-z0-9][\w.-]{0,254}$/,
  image: /^[A-Za-z0-9][\w./:@-]{0,300}$/,
  domain: /^(?=.{3,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/i,
  healthCode: /^[A-Z][A-Z0-9_]{1,199}$/,
  healthEntity: /^[A-Za-z0-9][\w:/.@-]{0,255}$/,
} as const satisfies Record<string, RegExp>;

export type IdentifierKind = keyof typeof PATTERNS | 'ip';

/** The text when it is a well-formed identifier of that kind. */
export function identifier(kind: IdentifierKind, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (kind === 'ip') return isIP(text) === 0 ? undefined : text;
  return PATTERNS[kind].test(text) ? text : undefined;
}

/** An ARN of that service, well-formed; otherwise undefined. */
export function arnOf(service: string, text: string | undefined): string | undefined {
  return text !== undefined && parseArn(text)?.service === service && /^[\x21-\x7e]+$/.test(text) ? text : undefined;
}

const PRINCIPAL_TYPES = ['IAMUser', 'AssumedRole', 'Role', 'Root', 'FederatedUser'] as const;

/** Who acted; `Other` covers services, other accounts and whatever is new. */
export function principal(facts: {
  readonly type: string | undefined;
  readonly name: string | undefined;
  readonly id: string | undefined;
  readonly arn?: string | undefined;
}): Pick<Entities, 'principal' | 'user' | 'role'> {
  const type: NonNullable<Entities['principal']>['type'] =
    PRINCIPAL_TYPES.find((known) => known.toLowerCase() === facts.type?.toLowerCase()) ?? 'Other';
  const name = identifier('principalName', facts.name);
  if (name === undefined) return {};
  const [id, arn] = [identifier('principalId', facts.id), arnOf('iam', facts.arn)];
  const found = { principal: { type, name, ...(id && { id }), ...(arn && { arn }) } };
  const iamName = identifier('iamName', name);
  if (iamName === undefined) return found;
  if (type === 'IAMUser') return { ...found, user: { name: iamName, ...(arn && { arn }) } };
  return type === 'AssumedRole' || type === 'Role' ? { ...found, role: { name: iamName, ...(arn && { arn }) } } : found;
}

/**
 * Entities of ASFF resources, picked by type and never by position: the account is often listed first and is not the thing to remediate.
 * The first resource of a type gives its entity.
 */
export function fromResources(resources: readonly Resource[]): Entities {
  let entities: Entities = {};
  for (const resource of resources) entities = { ...fromResource(resource), ...entities };
  return entities;
}

function fromResource(resource: Resource): Entities {
  const last = lastPart(resource.id);
  const byId = (kind: Exclude<IdentifierKind, 'ip'>) => identifier(kind, last);
  switch (resource.type) {
    case 'AwsEc2Instance':
      return only('instance', byId('instance'), (id) => ({ id }));
    case 'AwsIamAccessKey':
      return only('accessKey', byId('accessKey'), (id) => ({ id }));
    case 'AwsEc2Volume':
      return only('volume', byId('volume'), (id) => ({ id }));
    case 'AwsEc2Snapshot':
      return only('snapshot', byId('snapshot'), (id) => ({ id }));
    case 'AwsEc2SecurityGroup':
      return only('securityGroup', byId('securityGroup'), (id) => ({ id }));
    case 'AwsEc2Vpc':
      return only('vpc', byId('vpc'), (id) => ({ id }));
    case 'AwsEc2Subnet':
      return only('subnet', byId('subnet'), (id) => ({ id }));
    case 'AwsS3Bucket':
      return only('bucket', identifier('bucket', last), (bucket) => ({ name: bucket }));
    case 'AwsIamUser':
      return only('user', iamName('user', resource.id), (user) => ({ name: user, ...withArn('iam', resource.id) }));
    case 'AwsIamRole':
      return only('role', iamName('role', resource.id), (role) => ({ name: role, ...withArn('iam', resource.id) }));
    case 'AwsLambdaFunction':
      return only('function', functionName(resource.id), (fn) => ({ name: fn, ...withArn('lambda', resource.id) }));
    case 'AwsRdsDbInstance':
      return only('db', byId('db'), (id) => ({ id, ...withArn('rds', resource.id) }));
    case 'AwsRdsDbCluster':
      return only('dbCluster', byId('db'), (id) => ({ id, ...withArn('rds', resource.id) }));
    case 'AwsRdsDbSnapshot':
    case 'AwsRdsDbClusterSnapshot':
      return only('dbSnapshot', dbSnapshot(resource.id), (id) => ({ id, ...withArn('rds', resource.id) }));
    case 'AwsEksCluster':
    case 'AwsEcsCluster':
      return only('cluster', byId('cluster'), (cluster) => ({
        name: cluster,
        ...withArn(resource.type === 'AwsEksCluster' ? 'eks' : 'ecs', resource.id),
      }));
    case 'AwsCloudTrailTrail':
      return only('trail', arnOf('cloudtrail', resource.id), (arn) => ({ arn }));
    case 'Container':
      return only('container', byId('container'), (container) => ({ name: container }));
    default:
      return {};
  }
}

/** The name out of an ARN of that kind: `root` is no user, and some products list the assuming user as a role. */
function iamName(kind: 'user' | 'role', id: string): string | undefined {
  const arn = parseArn(id);
  return arn === undefined || arn.resource.startsWith(`${kind}/`) ? identifier('iamName', lastPart(id)) : undefined;
}

/** What follows `snapshot:` or `cluster-snapshot:`; the name may hold a colon itself. */
function dbSnapshot(id: string): string | undefined {
  const [, name] = /^(?:cluster-)?snapshot:(.+)$/.exec(parseArn(id)?.resource ?? '') ?? [];
  return identifier('dbSnapshot', name ?? id);
}

/** `function:NAME` or `function:NAME:QUALIFIER`. */
function functionName(id: string): string | undefined {
  const [kind, name] = parseArn(id)?.resource.split(':') ?? [];
  return identifier('function', kind === 'function' ? name : lastPart(id));
}

function withArn(service: string, id: string): { readonly arn?: string } {
  const arn = arnOf(service, id);
  return arn === undefined ? {} : { arn };
}

function only<K extends keyof Entities>(
  kind: K,
  text: string | undefined,
  make: (text: string) => NonNullable<Entities[K]>,
): Entities {
  return text === undefined ? {} : { [kind]: make(text) };
}

import { z } from 'zod';
import { sessionArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { accessDenied, deniedByOrganization } from '../iam/access-denied.ts';
import { globalKeys } from '../iam/authorize.ts';
import type { ConditionKeys } from '../iam/conditions.ts';
import { deniedBy, evaluate } from '../iam/evaluate.ts';
import { identityProblem, type PolicyDocument, parsePolicy } from '../iam/policy.ts';
import { policySetOf } from '../iam/policy-set.ts';
import type { Principal } from '../iam/principal.ts';
import { type Call, defineOperation, requestTagKeys } from '../operation.ts';
import { checkTokenService, isShut } from '../organizations/account-state.ts';
import { policiesOver } from '../organizations/policies.ts';
import type { Role } from '../state/kinds.ts';
import { createSession } from './sessions.ts';
import { roleArn, trusts } from './trust.ts';

/** Inline session policy and tags are packed together; beyond this many bytes AWS refuses with PackedPolicyTooLarge. The real packing is not published. */
const PACKED_LIMIT = 3072;
/** A session made with a session lasts an hour at most ("role chaining"). */
const CHAINED_SECONDS = 3600;

const Name = z
  .string()
  .min(2)
  .max(64)
  .regex(/^[\w+=,.@-]*$/, 'Member must satisfy regular expression pattern: [\\w+=,.@-]*');
const Tag = z.strictObject({ Key: z.string().min(1).max(128), Value: z.string().max(256) });

const Input = z.strictObject({
  RoleArn: z.string().min(20).max(2048),
  RoleSessionName: Name,
  ExternalId: z
    .string()
    .min(2)
    .max(1224)
    .regex(/^[\w+=,.@:/-]*$/, 'Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*')
    .optional(),
  DurationSeconds: z.number().int().min(900).max(43_200).default(3600),
  Policy: z.string().min(1).max(2048, 'Member must have length less than or equal to 2048').optional(),
  Tags: z.array(Tag).max(50).default([]),
  TransitiveTagKeys: z.array(z.string().min(1).max(128)).max(50).default([]),
  SourceIdentity: Name.optional(),
});

type Request = z.output<typeof Input>;

/** sts:AssumeRole. It checks both sides itself: the caller's own policies and the role's trust policy. */
export const assumeRole = defineOperation({
  name: 'AssumeRole',
  write: false,
  input: Input,
  needs: () => [],
  run(input, call) {
    const { account, role } = findRole(input, call);
    checkDuration(input, call, role);
    const policy = readSessionPolicy(input.Policy);
    const packed = packedSize(input);
    checkBothSides(input, call, account, role);
    return handOut(input, call, account, role, policy, packed);
  },
});

function denied(call: Call, action: string, arn: string): AwsError {
  return new AwsError(
    'AccessDenied',
    `User: ${call.principal.arn} is not authorized to perform: ${action} on resource: ${arn}`,
    { status: 403 },
  );
}

/** A role that does not exist, or whose account is suspended, is refused in the same words as one that does not trust the caller: STS does not say which. */
function findRole(input: Request, call: Call): { account: string; role: Role } {
  const match = /^arn:aws:iam::(\d{12}):role(\/.*\/|\/)([^/]+)$/.exec(input.RoleArn);
  if (!match) throw new AwsError('ValidationError', `${input.RoleArn} is invalid`);
  const [, account = '', path = '', name = ''] = match;
  checkTokenService(call.state, account, call.region);
  const role = call.state.table('roles', account).get(name);
  if (role?.Path !== path || isShut(call.state, account)) throw denied(call, 'sts:AssumeRole', input.RoleArn);
  return { account, role };
}

function checkDuration(input: Request, call: Call, role: Role): void {
  if (call.principal.kind === 'role' && input.DurationSeconds > CHAINED_SECONDS) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  if (input.DurationSeconds > role.MaxSessionDuration) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
}

function readSessionPolicy(text: string | undefined): PolicyDocument | undefined {
  if (text === undefined) return undefined;
  const parsed = parsePolicy(text);
  const problem = parsed.ok ? identityProblem(parsed.policy) : parsed.problem;
  if (!parsed.ok || problem) throw new AwsError('MalformedPolicyDocument', `The policy is not valid: ${problem}`);
  return parsed.policy;
}

/** Percent of the packed limit. Throws PackedPolicyTooLarge above 100. */
function packedSize(input: Request): number {
  const policy = input.Policy === undefined ? 0 : JSON.stringify(JSON.parse(input.Policy)).length;
  const tags = input.Tags.reduce(
    (sum, { Key, Value }) => sum + Buffer.byteLength(Key) + Buffer.byteLength(Value) + 2,
    0,
  );
  const percent = Math.ceil(((policy + tags) / PACKED_LIMIT) * 100);
  if (percent > 100)
    throw new AwsError(
      'PackedPolicyTooLarge',
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    );
  return percent;
}

function checkBothSides(input: Request, call: Call, account: string, role: Role): void {
  const arn = roleArn(account, role);
  const keys = { ...globalKeys(call), ...requestKeys(input, account) };
  const policies = policySetOf(call.state, call.principal);
  const overRole = policiesOver(call.state, account, 'RESOURCE_CONTROL_POLICY')?.flat() ?? [];
  for (const action of actionsOf(input)) {
    const decision = evaluate(policies, { action, resource: arn, keys });
    if (!decision.allowed) throw accessDenied('sts', call.principal, action, arn, decision);
    if (deniedBy(overRole, { action, resource: arn, keys }))
      throw deniedByOrganization('sts', call.principal, action, arn, 'resource control policy');
    if (!trusts(role, call.principal, action, keys)) throw denied(call, action, arn);
  }
  const { sourceIdentity } = call.principal;
  if (sourceIdentity !== undefined && input.SourceIdentity !== undefined && input.SourceIdentity !== sourceIdentity) {
    throw denied(call, 'sts:SetSourceIdentity', arn); // once set, a source identity stays for the whole chain
  }
}

function actionsOf(input: Request): string[] {
  return [
    'sts:AssumeRole',
    ...(input.Tags.length > 0 || input.TransitiveTagKeys.length > 0 ? ['sts:TagSession'] : []),
    ...(input.SourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
}

function requestKeys(input: Request, account: string): ConditionKeys {
  return {
    'sts:ExternalId': input.ExternalId,
    'sts:RoleSessionName': input.RoleSessionName,
    'sts:SourceIdentity': input.SourceIdentity,
    'sts:TransitiveTagKeys': input.TransitiveTagKeys.length > 0 ? input.TransitiveTagKeys : undefined,
    'aws:ResourceAccount': account,
    ...requestTagKeys(input.Tags),
  };
}

function handOut(
  input: Request,
  call: Call,
  account: string,
  role: Role,
  policy: PolicyDocument | undefined,
  packed: number,
): object {
  const inherited = Object.fromEntries(
    call.principal.transitiveTags.map((key) => [key, call.principal.tags[key] ?? '']),
  );
  const sourceIdentity = input.SourceIdentity ?? call.principal.sourceIdentity;
  const principal: Principal = {
    kind: 'role',
    account,
    name: role.RoleName,
    arn: sessionArn(account, role.RoleName, input.RoleSessionName),
    principalArn: roleArn(account, role),
    userId: `${role.RoleId}:${input.RoleSessionName}`,
    sessionName: input.RoleSessionName,
    issuedAt: new Date(call.clock.now()).toISOString(),
    tags: { ...inherited, ...Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value])) },
    transitiveTags: [...call.principal.transitiveTags, ...input.TransitiveTagKeys],
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(policy === undefined ? {} : { sessionPolicies: [policy] }),
  };
  const expiresAt = call.clock.now() + input.DurationSeconds * 1000;
  const session = createSession(principal, expiresAt);
  call.organization.sessions.set(session.accessKeyId, session);
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: new Date(Math.floor(expiresAt / 1000) * 1000),
    },
    AssumedRoleUser: { Arn: principal.arn, AssumedRoleId: principal.userId },
    ...(packed > 0 ? { PackedPolicySize: packed } : {}),
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
}

import { z } from 'zod';
import { iamArn } from '../arn.ts';
import type { Clock } from '../clock.ts';
import { identityProblem, type ParsedPolicy, type PolicyDocument, parsePolicyValue } from '../iam/policy.ts';
import { ADMINISTRATOR_ACCESS } from '../iam/policy-set.ts';
import { iamId } from '../state/ids.ts';
import type { Role } from '../state/kinds.ts';
import type { State } from '../state/state.ts';

const Tags = z.array(z.strictObject({ Key: z.string(), Value: z.string() })).default([]);

const RoleProperties = z.strictObject({
  RoleName: z.string().min(1).max(64),
  Path: z.string().default('/'),
  Description: z.string().optional(),
  AssumeRolePolicyDocument: z.unknown(),
  MaxSessionDuration: z.number().int().min(3600).max(43_200).default(3600),
  Policies: z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument: z.unknown() })).default([]),
  ManagedPolicyArns: z.array(z.string()).default([]),
  PermissionsBoundary: z.string().optional(),
  Tags,
});

const PolicyProperties = z.strictObject({
  PolicyName: z.string(),
  PolicyDocument: z.unknown(),
  Roles: z.array(z.string()).min(1),
});

const ManagedPolicyProperties = z.strictObject({
  ManagedPolicyName: z.string(),
  Path: z.string().default('/'),
  Description: z.string().optional(),
  PolicyDocument: z.unknown(),
  Roles: z.array(z.string()).default([]),
});

/** IAM's quotas, in characters without white space (IAM user guide, "IAM and AWS STS quotas"). */
const QUOTAS = { trust: 2_048, roleInline: 10_240, managed: 6_144 };

/** Where resources go. */
export interface Place {
  readonly state: State;
  readonly clock: Clock;
  readonly account: string;
}

function checkedPolicy(parsed: ParsedPolicy, what: string): PolicyDocument {
  if (!parsed.ok) throw new Error(`${what} is malformed: ${parsed.problem}`);
  return parsed.policy;
}

function identityPolicy(value: unknown, what: string): string {
  const problem = identityProblem(checkedPolicy(parsePolicyValue(value), what));
  if (problem !== undefined) throw new Error(`${what} is malformed: ${problem}`);
  return JSON.stringify(value);
}

function checkQuota(size: number, quota: number, what: string): void {
  if (size > quota) throw new Error(`${what} has ${size} characters; IAM allows ${quota}`);
}

/** Creates a role. Throws naming the role and what IAM would refuse. */
export function deployRole(place: Place, properties: unknown): void {
  const role = RoleProperties.parse(properties);
  const trust = checkedPolicy(parsePolicyValue(role.AssumeRolePolicyDocument), `the trust policy of ${role.RoleName}`);
  checkQuota(
    JSON.stringify(role.AssumeRolePolicyDocument).length,
    QUOTAS.trust,
    `the trust policy of ${role.RoleName}`,
  );
  for (const arn of role.ManagedPolicyArns) checkAttachable(place, arn);
  const row: Role = {
    RoleName: role.RoleName,
    RoleId: iamId('AROA', 17, `${place.account}/${role.RoleName}`),
    Path: role.Path,
    CreateDate: new Date(place.clock.now()).toISOString(),
    MaxSessionDuration: role.MaxSessionDuration,
    Trust: trust,
    InlinePolicies: {},
    AttachedPolicies: role.ManagedPolicyArns.map((PolicyArn) => ({
      PolicyArn,
      PolicyName: PolicyArn.split('/').pop() ?? '',
    })),
    ...(role.PermissionsBoundary === undefined ? {} : { PermissionsBoundary: role.PermissionsBoundary }),
    Tags: role.Tags,
  };
  place.state.table('roles', place.account).put(row.RoleName, row);
  for (const policy of role.Policies) addInline(place, row.RoleName, policy.PolicyName, policy.PolicyDocument);
}

function addInline(place: Place, roleName: string, policyName: string, document: unknown): void {
  const roles = place.state.table('roles', place.account);
  const role = roles.get(roleName);
  if (!role) throw new Error(`the policy ${policyName} is for the role ${roleName}, which does not exist`);
  const InlinePolicies = {
    ...role.InlinePolicies,
    [policyName]: identityPolicy(document, `the policy ${policyName} of ${roleName}`),
  };
  checkQuota(
    Object.values(InlinePolicies).join('').length,
    QUOTAS.roleInline,
    `the inline policies of ${roleName} together`,
  );
  roles.put(roleName, { ...role, InlinePolicies });
}

function checkAttachable(place: Place, arn: string): void {
  if (arn !== ADMINISTRATOR_ACCESS && !place.state.table('managed-policies', place.account).get(arn))
    throw new Error(`the managed policy ${arn} is not known here`);
}

/** Puts an inline policy into roles that exist. */
export function deployPolicy(place: Place, properties: unknown): void {
  const policy = PolicyProperties.parse(properties);
  for (const role of policy.Roles) addInline(place, role, policy.PolicyName, policy.PolicyDocument);
}

/** Creates a managed policy and attaches it. */
export function deployManagedPolicy(place: Place, properties: unknown): void {
  const policy = ManagedPolicyProperties.parse(properties);
  const Arn = iamArn(place.account, 'policy', policy.Path, policy.ManagedPolicyName);
  const Document = identityPolicy(policy.PolicyDocument, `the policy ${policy.ManagedPolicyName}`);
  checkQuota(Document.length, QUOTAS.managed, `the policy ${policy.ManagedPolicyName}`);
  place.state.table('managed-policies', place.account).put(Arn, { Arn, Document });
  const roles = place.state.table('roles', place.account);
  for (const name of policy.Roles) {
    const role = roles.get(name);
    if (!role) throw new Error(`the policy ${policy.ManagedPolicyName} is for the role ${name}, which does not exist`);
    roles.put(name, {
      ...role,
      AttachedPolicies: [...role.AttachedPolicies, { PolicyName: policy.ManagedPolicyName, PolicyArn: Arn }],
    });
  }
}

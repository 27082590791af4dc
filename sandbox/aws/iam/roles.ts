import { z } from 'zod';
import { iamArn } from '../arn.ts';
import { type Call, defineOperation, type Need, resourceTagKeys } from '../operation.ts';
import { membership } from '../organizations/account-state.ts';
import type { Role } from '../state/kinds.ts';
import { noSuchPolicy, roleOf } from './lookup.ts';
import { checkPolicyDocument, EntityName, iamPage, Paging } from './users.ts';

function roleNeed(action: string, call: Call, name: string): Need[] {
  const role = call.state.table('roles', call.account).get(name);
  return [
    {
      action,
      resource: iamArn(call.account, 'role', role?.Path ?? '/', name),
      keys: resourceTagKeys(role?.Tags ?? []),
    },
  ];
}

function roleShape(call: Call, role: Role): object {
  const { RoleName, RoleId, Path, CreateDate, MaxSessionDuration, Trust, Tags, PermissionsBoundary } = role;
  return {
    RoleName,
    RoleId,
    Path,
    MaxSessionDuration,
    CreateDate: new Date(CreateDate),
    Arn: iamArn(call.account, 'role', Path, RoleName),
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(Trust)),
    ...(Tags.length > 0 ? { Tags } : {}),
    ...(PermissionsBoundary === undefined
      ? {}
      : { PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: PermissionsBoundary } }),
  };
}

const getRole = defineOperation({
  name: 'GetRole',
  input: z.strictObject({ RoleName: EntityName }),
  needs: (input, call) => roleNeed('iam:GetRole', call, input.RoleName),
  run: (input, call) => ({ Role: roleShape(call, roleOf(call, input.RoleName)) }),
});

const listRoles = defineOperation({
  name: 'ListRoles',
  input: z.strictObject({ PathPrefix: z.string().default('/'), ...Paging }),
  needs: (input, call) => [{ action: 'iam:ListRoles', resource: iamArn(call.account, 'role', input.PathPrefix, '') }],
  run(input, call) {
    const roles = call.state
      .table('roles', call.account)
      .list()
      .filter((role) => role.Path.startsWith(input.PathPrefix));
    const { items, rest } = iamPage(roles, input);
    return { Roles: items.map((role) => roleShape(call, role)), ...rest };
  },
});

const listRolePolicies = defineOperation({
  name: 'ListRolePolicies',
  input: z.strictObject({ RoleName: EntityName, ...Paging }),
  needs: (input, call) => roleNeed('iam:ListRolePolicies', call, input.RoleName),
  run(input, call) {
    const { items, rest } = iamPage(Object.keys(roleOf(call, input.RoleName).InlinePolicies), input);
    return { PolicyNames: items, ...rest };
  },
});

const getRolePolicy = defineOperation({
  name: 'GetRolePolicy',
  input: z.strictObject({ RoleName: EntityName, PolicyName: EntityName }),
  needs: (input, call) => roleNeed('iam:GetRolePolicy', call, input.RoleName),
  run(input, call) {
    const text = roleOf(call, input.RoleName).InlinePolicies[input.PolicyName];
    if (text === undefined) throw noSuchPolicy('role', input.PolicyName);
    return { ...input, PolicyDocument: encodeURIComponent(text) };
  },
});

const putRolePolicy = defineOperation({
  name: 'PutRolePolicy',
  write: true,
  input: z.strictObject({
    RoleName: EntityName,
    PolicyName: EntityName,
    PolicyDocument: z.string().min(1).max(131_072),
  }),
  needs: (input, call) => roleNeed('iam:PutRolePolicy', call, input.RoleName),
  run(input, call) {
    const role = roleOf(call, input.RoleName);
    checkPolicyDocument(input.PolicyDocument);
    call.state.table('roles', call.account).put(role.RoleName, {
      ...role,
      InlinePolicies: { ...role.InlinePolicies, [input.PolicyName]: input.PolicyDocument },
    });
    return {};
  },
});

const deleteRolePolicy = defineOperation({
  name: 'DeleteRolePolicy',
  write: true,
  input: z.strictObject({ RoleName: EntityName, PolicyName: EntityName }),
  needs: (input, call) => roleNeed('iam:DeleteRolePolicy', call, input.RoleName),
  run(input, call) {
    const role = roleOf(call, input.RoleName);
    const { [input.PolicyName]: removed, ...kept } = role.InlinePolicies;
    if (removed === undefined) throw noSuchPolicy('role', input.PolicyName);
    call.state.table('roles', call.account).put(role.RoleName, { ...role, InlinePolicies: kept });
    return {};
  },
});

const listAttachedRolePolicies = defineOperation({
  name: 'ListAttachedRolePolicies',
  input: z.strictObject({ RoleName: EntityName, PathPrefix: z.string().optional(), ...Paging }),
  needs: (input, call) => roleNeed('iam:ListAttachedRolePolicies', call, input.RoleName),
  run(input, call) {
    const { items, rest } = iamPage(roleOf(call, input.RoleName).AttachedPolicies, input);
    return { AttachedPolicies: items, ...rest };
  },
});

const listAccountAliases = defineOperation({
  name: 'ListAccountAliases',
  input: z.strictObject({ ...Paging }),
  needs: () => [{ action: 'iam:ListAccountAliases', resource: '*' }],
  run: (_input, call) => ({
    AccountAliases: [membership(call.state, call.account)?.Name].filter((name) => name !== undefined),
    IsTruncated: false,
  }),
});

export const roleOperations = [
  getRole,
  listRoles,
  listRolePolicies,
  getRolePolicy,
  putRolePolicy,
  deleteRolePolicy,
  listAttachedRolePolicies,
  listAccountAliases,
];

import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/iam/revoke-sessions.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { planHash } from '../../../../src/domain/plan.ts';
import { type Answers, cannedContext, RUN_ID } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const ACCOUNT = '333333333331';
const role = (more: JsonObject = {}) => ({
  RoleId: 'AROAEXAMPLE',
  Arn: `arn:aws:iam::${ACCOUNT}:role/app/web`,
  Path: '/app/',
  MaxSessionDuration: 3600,
  ...more,
});
const user = { UserId: 'AIDAEXAMPLE', Arn: `arn:aws:iam::${ACCOUNT}:user/ci`, Path: '/' };

function world(over: Answers = {}): Answers {
  return {
    GetRole: { Role: role() },
    GetUser: { User: user },
    ListRolePolicies: { PolicyNames: ['own'] },
    ListUserPolicies: { PolicyNames: [] },
    GetRolePolicy: { PolicyDocument: encodeURIComponent('{ "Version": "2012-10-17" }') },
    ...over,
  };
}

async function planned(params: JsonObject, over: Answers = {}, context = cannedContext(world(over))) {
  const parsed = action.params.parse(params);
  return framed(action, context, params, await action.plan(context, parsed));
}

async function refused(params: JsonObject, over: Answers = {}, more = {}) {
  return refusalOf(await action.plan(cannedContext(world(over), more), action.params.parse(params))).refused;
}

const roleArn = (name: string) => ({ principalArn: `arn:aws:iam::${ACCOUNT}:role/${name}` });

describe('iam.revoke-sessions', () => {
  it('denies everything to sessions of the role from before the plan was asked for', async () => {
    const plan = await planned({ roleName: 'web' });
    const [call] = plan.steps.map((step) => step.call);
    expect(call).toMatchObject({
      operation: 'PutRolePolicy',
      input: { RoleName: 'web', PolicyName: `cordon-revoke-${RUN_ID}` },
    });
    expect(JSON.parse(String(call?.input['PolicyDocument']))).toMatchObject({
      Statement: [
        {
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-11-22T07:50:00.000Z' } },
        },
      ],
    });
    expect(plan.steps[0]?.iam).toEqual([
      { actions: ['iam:PutRolePolicy'], resources: [`arn:aws:iam::${ACCOUNT}:role/app/web`] },
    ]);
  });

  it('does the same for a user, whose keys it leaves alone', async () => {
    const plan = await planned({ userName: 'ci' });
    expect(plan.steps[0]?.call.operation).toBe('PutUserPolicy');
    expect(plan.blastRadius.join(' ')).toContain('access keys and console password are not touched');
  });

  it.each([
    [`arn:aws:iam::${ACCOUNT}:role/app/web`, 'PutRolePolicy', 'web'],
    [`arn:aws:sts::${ACCOUNT}:assumed-role/web/i-0a1b2c3d4e5f60718`, 'PutRolePolicy', 'web'],
    [`arn:aws:iam::${ACCOUNT}:user/path/ci`, 'PutUserPolicy', 'ci'],
  ])('reads the name out of %s', async (principalArn, operation, name) => {
    const call = (await planned({ principalArn })).steps[0]?.call;
    expect(call?.operation).toBe(operation);
    expect(Object.values(call?.input ?? {})).toContain(name);
  });

  it('is the same plan for the same run, and another for another moment or another role of that name', async () => {
    const hash = planHash(await planned({ roleName: 'web' }));
    expect(planHash(await planned({ roleName: 'web' }))).toBe(hash);
    const later = cannedContext(world(), { plannedAt: '2026-11-22T07:51:00.000Z' });
    expect(planHash(await planned({ roleName: 'web' }, {}, later))).not.toBe(hash);
    expect(planHash(await planned({ roleName: 'web' }, { GetRole: { Role: role({ RoleId: 'AROAOTHER' }) } }))).not.toBe(
      hash,
    );
  });

  it('refuses roles of Identity Center and of services', async () => {
    const at = (Path: string) => ({ GetRole: { Role: role({ Path }) } });
    expect(await refused({ roleName: 'AWSReservedSSO_Admin_0123' })).toBe('unsupported');
    expect(await refused({ roleName: 'x' }, at('/aws-reserved/sso.amazonaws.com/'))).toBe('unsupported');
    expect(await refused({ roleName: 'x' }, at('/aws-service-role/ecs.amazonaws.com/'))).toBe('unsupported');
  });

  it('refuses the root user, federated users and other accounts', async () => {
    expect(await refused({ principalArn: `arn:aws:iam::${ACCOUNT}:root` })).toBe('unsupported');
    expect(await refused({ principalArn: `arn:aws:sts::${ACCOUNT}:federated-user/bob` })).toBe('unsupported');
    expect(await refused({ principalArn: 'arn:aws:iam::999999999999:role/web' })).toBe('mismatch');
  });

  it('refuses what is gone, protected, or Cordon itself', async () => {
    const tags = [{ Key: 'cordon:protect', Value: '' }];
    expect(await refused({ roleName: 'web' }, { GetRole: '!NoSuchEntity' })).toBe('not-found');
    expect(await refused({ roleName: 'web' }, { GetRole: { Role: role({ Tags: tags }) } })).toBe('protected');
    expect(await refused({ userName: 'ci' }, { GetUser: { User: { ...user, Tags: tags } } })).toBe('protected');
    expect(await refused(roleArn('cordon-remediate'))).toBe('self');
    const self = { accountId: '222222222222', roleNames: ['web'], instanceIds: [] };
    expect(await refused({ roleName: 'web' }, {}, { self })).toBe('self');
  });

  it('refuses when the policy does not fit, white space not counted', async () => {
    const of = (text: string) => ({ GetRolePolicy: { PolicyDocument: encodeURIComponent(text) } });
    expect(await refused({ roleName: 'web' }, of('x'.repeat(10_200)))).toBe('too-large');
    expect((await planned({ roleName: 'web' }, of(' '.repeat(10_200)))).steps).toHaveLength(1);
    expect(await refused({ roleName: 'web' }, { ListRolePolicies: { PolicyNames: [], IsTruncated: true } })).toBe(
      'too-large',
    );
    const full = { ListUserPolicies: { PolicyNames: ['own'] }, GetUserPolicy: { PolicyDocument: 'x'.repeat(2_000) } };
    expect(await refused({ userName: 'ci' }, full)).toBe('too-large');
  });

  it('undoes by deleting the policy of that run', async () => {
    const plan = await planned({ roleName: 'web' });
    const now = cannedContext(world(), { runId: 'RUN-AAAA2222', plannedAt: '2026-11-22T09:00:00.000Z' });
    const back = await action.rollback(now, { plan, outputs: {} });
    expect('steps' in back && back.steps.map((step) => step.call)).toEqual([
      {
        service: 'iam',
        operation: 'DeleteRolePolicy',
        input: { RoleName: 'web', PolicyName: `cordon-revoke-${RUN_ID}` },
      },
    ]);
  });

  it('refuses to undo when the policy is gone, or the role is another one', async () => {
    const plan = await planned({ roleName: 'web' });
    const undo = async (over: Answers) =>
      refusalOf(await action.rollback(cannedContext(world(over)), { plan, outputs: {} })).refused;
    expect(await undo({ GetRolePolicy: '!NoSuchEntity' })).toBe('nothing-to-do');
    expect(await undo({ GetRole: { Role: role({ RoleId: 'AROAOTHER' }) } })).toBe('drifted');
  });

  it('takes exactly one name or ARN, and no text that is neither', () => {
    for (const bad of [
      {},
      { roleName: 'a b' },
      { roleName: 'a', userName: 'b' },
      { principalArn: 'web' },
      { principalArn: '*' },
    ])
      expect(action.params.safeParse(bad).success).toBe(false);
  });
});

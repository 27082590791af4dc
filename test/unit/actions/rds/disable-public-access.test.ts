import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/rds/disable-public-access.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { planHash } from '../../../../src/domain/plan.ts';
import { ask } from '../../../../src/flow/probe.ts';
import { type Answers, cannedContext } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const dbInstanceId = 'orders-1';
const ADDRESS = 'orders-1.c0example.eu-west-1.rds.amazonaws.com';

function world(more: JsonObject = {}): Answers {
  const instance = {
    DBInstanceIdentifier: dbInstanceId,
    DBInstanceArn: `arn:aws:rds:eu-west-1:333333333331:db:${dbInstanceId}`,
    DBInstanceStatus: 'available',
    Engine: 'postgres',
    PubliclyAccessible: true,
    Endpoint: { Address: ADDRESS, Port: 5432 },
    DBSubnetGroup: { VpcId: 'vpc-1', Subnets: [{ SubnetIdentifier: 'subnet-2' }, { SubnetIdentifier: 'subnet-1' }] },
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1', Status: 'active' }],
    PendingModifiedValues: {},
    TagList: [],
    ...more,
  };
  return { DescribeDBInstances: { DBInstances: [instance] } };
}

async function planned(answers: Answers) {
  const context = cannedContext(answers);
  return framed(action, context, { dbInstanceId }, await action.plan(context, { dbInstanceId }));
}

async function refused(answers: Answers) {
  return refusalOf(await action.plan(cannedContext(answers), { dbInstanceId })).refused;
}

/** Which preconditions of the plan's step hold in that world. */
async function preconditions(plan: Awaited<ReturnType<typeof planned>>, answers: Answers) {
  const context = cannedContext(answers);
  const reader = { ...context, send: context.read };
  return Promise.all((plan.steps[0]?.precondition ?? []).map(async (probe) => (await ask(reader, probe, {})).holds));
}

describe('rds.disable-public-access', () => {
  it('changes the one flag, and asks for nothing else to be applied', async () => {
    const plan = await planned(world());
    expect(plan.steps.map((step) => step.call)).toEqual([
      {
        service: 'rds',
        operation: 'ModifyDBInstance',
        input: { DBInstanceIdentifier: dbInstanceId, PubliclyAccessible: false, ApplyImmediately: false },
      },
    ]);
    expect(plan.risk).toBe('reversible');
    expect(plan.steps[0]?.applied.settleSeconds).toBe(300);
  });

  it('says who is cut off, what stays open, and that nobody can tell who connects', async () => {
    const lines = (await planned(world({ DBClusterIdentifier: 'orders' }))).blastRadius.join('\n');
    expect(lines).toContain('outside of vpc-1 are cut off');
    expect(lines).toContain(ADDRESS);
    expect(lines).toContain('Security groups (sg-1) and subnets (subnet-1, subnet-2) stay');
    expect(lines).toContain('Who connects cannot be read from AWS');
    expect(lines).toContain('No other change waits');
    expect(lines).toContain('one instance of the cluster orders');
  });

  it('lists the changes that wait, and is another plan when they change', async () => {
    const waiting = world({ PendingModifiedValues: { DBInstanceClass: 'db.r6g.xlarge', MasterUserPassword: '****' } });
    const plan = await planned(waiting);
    expect(plan.blastRadius.join(' ')).toContain('DBInstanceClass "db.r6g.xlarge", MasterUserPassword "****"');
    expect(planHash(plan)).not.toBe(planHash(await planned(world())));
    expect(await preconditions(plan, waiting)).toEqual([true, true, true]);
    expect(await preconditions(plan, world())).toEqual([true, true, false]);
  });

  it('is sent only while the database is public and takes changes', async () => {
    const plan = await planned(world());
    expect(await preconditions(plan, world({ DBInstanceStatus: 'modifying' }))).toEqual([true, false, true]);
    expect(await preconditions(plan, world({ DBInstanceStatus: 'storage-optimization' }))).toEqual([true, true, true]);
    expect(await preconditions(plan, world({ PubliclyAccessible: false }))).toEqual([false, true, true]);
  });

  it('refuses what is gone, elsewhere, protected, being changed, or private', async () => {
    expect(await refused({ DescribeDBInstances: '!DBInstanceNotFound' })).toBe('not-found');
    expect(await refused({ DescribeDBInstances: { DBInstances: [] } })).toBe('not-found');
    expect(await refused(world({ DBInstanceStatus: 'deleting' }))).toBe('not-found');
    expect(await refused(world({ DBInstanceArn: 'arn:aws:rds:eu-west-1:999999999999:db:orders-1' }))).toBe('mismatch');
    expect(await refused(world({ TagList: [{ Key: 'cordon:protect', Value: '' }] }))).toBe('protected');
    expect(await refused(world({ DBInstanceStatus: 'modifying' }))).toBe('not-ready');
    expect(await refused(world({ PubliclyAccessible: false }))).toBe('nothing-to-do');
  });

  it('does not plan when the database cannot be read', async () => {
    const answers = { DescribeDBInstances: '!AccessDenied' };
    await expect(action.plan(cannedContext(answers), { dbInstanceId })).rejects.toMatchObject({
      awsCode: 'AccessDenied',
    });
  });

  it('undoes by switching it on again, which two people decide', async () => {
    const plan = await planned(world());
    const back = await action.rollback(cannedContext(world({ PubliclyAccessible: false })), { plan, outputs: {} });
    expect('steps' in back && back.steps.map((step) => step.call.input)).toEqual([
      { DBInstanceIdentifier: dbInstanceId, PubliclyAccessible: true, ApplyImmediately: false },
    ]);
    expect(action.undoReexposes).toBe(true);
  });

  it('refuses to undo when it is public again, or when what it opens is not what it was', async () => {
    const plan = await planned(world());
    const undo = async (more: JsonObject) =>
      refusalOf(await action.rollback(cannedContext(world(more)), { plan, outputs: {} })).refused;
    expect(await undo({})).toBe('nothing-to-do');
    const group = [{ VpcSecurityGroupId: 'sg-2', Status: 'active' }];
    expect(await undo({ PubliclyAccessible: false, VpcSecurityGroups: group })).toBe('drifted');
    expect(await undo({ PubliclyAccessible: false, DBInstanceStatus: 'modifying' })).toBe('not-ready');
  });

  it('takes no parameter that is not the name of a DB instance', () => {
    for (const bad of ['', '1orders', 'orders 1', 'arn:aws:rds:eu-west-1:333333333331:cluster:orders', '../orders']) {
      expect(action.params.safeParse({ dbInstanceId: bad }).success).toBe(false);
    }
  });
});

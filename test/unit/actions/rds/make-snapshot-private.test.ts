import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/rds/make-snapshot-private.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { planHash } from '../../../../src/domain/plan.ts';
import { ask } from '../../../../src/flow/probe.ts';
import { type Answers, cannedContext } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const snapshotArn = 'arn:aws:rds:eu-west-1:333333333331:snapshot:orders-export';
const clusterArn = 'arn:aws:rds:eu-west-1:333333333331:cluster-snapshot:orders-export';
const STRANGER = '999999999999';
const BACKUP = '444444444444';

function world(readers: readonly string[], more: JsonObject = {}, over: Answers = {}): Answers {
  const common = { Engine: 'postgres', SnapshotType: 'manual', TagList: [] };
  const AttributeValues = [...readers];
  const attributes = [{ AttributeName: 'restore', AttributeValues }];
  const snapshot = { ...common, DBSnapshotIdentifier: 'orders-export', DBInstanceIdentifier: 'orders-1' };
  const cluster = { ...common, DBClusterSnapshotIdentifier: 'orders-export', DBClusterIdentifier: 'orders' };
  return {
    DescribeDBSnapshots: { DBSnapshots: [{ ...snapshot, DBSnapshotArn: snapshotArn, Encrypted: false, ...more }] },
    DescribeDBSnapshotAttributes: { DBSnapshotAttributesResult: { DBSnapshotAttributes: attributes } },
    DescribeDBClusterSnapshots: {
      DBClusterSnapshots: [{ ...cluster, DBClusterSnapshotArn: clusterArn, StorageEncrypted: true, ...more }],
    },
    DescribeDBClusterSnapshotAttributes: {
      DBClusterSnapshotAttributesResult: { DBClusterSnapshotAttributes: attributes },
    },
    ...over,
  };
}

async function planned(answers: Answers, given: { snapshotArn?: string; keepAccounts?: string[] } = {}) {
  const context = cannedContext(answers);
  const params = action.params.parse({ snapshotArn, ...given });
  return framed(action, context, params, await action.plan(context, params));
}

async function refused(answers: Answers, arn = snapshotArn) {
  return refusalOf(await action.plan(cannedContext(answers), action.params.parse({ snapshotArn: arn }))).refused;
}

describe('rds.make-snapshot-private', () => {
  it('takes everybody and every account away in one call', async () => {
    const plan = await planned(world(['all', STRANGER, BACKUP]));
    expect(plan.steps.map((step) => step.call)).toEqual([
      {
        service: 'rds',
        operation: 'ModifyDBSnapshotAttribute',
        input: {
          DBSnapshotIdentifier: 'orders-export',
          AttributeName: 'restore',
          ValuesToRemove: [BACKUP, STRANGER, 'all'],
        },
      },
    ]);
    expect(plan.target).toEqual({ type: 'AwsRdsDbSnapshot', id: 'orders-export', arn: snapshotArn });
  });

  it('goes through the calls of cluster snapshots for one of a cluster', async () => {
    const plan = await planned(world([STRANGER]), { snapshotArn: clusterArn });
    expect(plan.steps[0]?.call).toEqual({
      service: 'rds',
      operation: 'ModifyDBClusterSnapshotAttribute',
      input: { DBClusterSnapshotIdentifier: 'orders-export', AttributeName: 'restore', ValuesToRemove: [STRANGER] },
    });
    expect(plan.target.type).toBe('AwsRdsDbClusterSnapshot');
    expect(plan.blastRadius.join(' ')).toContain('policy of its key');
  });

  it('keeps the accounts that the playbook keeps, and says so', async () => {
    const plan = await planned(world([STRANGER, BACKUP]), { keepAccounts: [BACKUP] });
    expect(plan.steps[0]?.call.input).toMatchObject({ ValuesToRemove: [STRANGER] });
    expect(plan.verify[0]?.expect).toEqual([BACKUP]);
    expect(plan.blastRadius.join(' ')).toContain(`stays shared with account ${BACKUP}`);
  });

  it('is the same plan whatever the order RDS lists the shares in, and another when one changes', async () => {
    const hash = planHash(await planned(world(['all', STRANGER])));
    expect(planHash(await planned(world([STRANGER, 'all'])))).toBe(hash);
    expect(planHash(await planned(world([STRANGER])))).not.toBe(hash);
  });

  it('sees by reading who may restore, also when RDS lists no values at all', async () => {
    const plan = await planned(world(['all', STRANGER]));
    const read = async (answers: Answers) => {
      const context = cannedContext(answers);
      const [probe] = plan.verify;
      return probe && (await ask({ ...context, send: context.read }, probe, {})).got;
    };
    expect(await read(world([STRANGER, 'all']))).toEqual([STRANGER, 'all']);
    expect(await read(world([]))).toEqual([]);
    const none = { DBSnapshotAttributesResult: { DBSnapshotAttributes: [{ AttributeName: 'restore' }] } };
    expect(await read({ DescribeDBSnapshotAttributes: none })).toEqual([]);
  });

  it('refuses a snapshot that is gone, of another place, protected, private, or taken by RDS itself', async () => {
    expect(await refused(world(['all'], {}, { DescribeDBSnapshots: '!DBSnapshotNotFound' }))).toBe('not-found');
    expect(await refused(world(['all'], { DBSnapshotArn: `${snapshotArn}-2` }))).toBe('mismatch');
    expect(await refused(world(['all']), snapshotArn.replace('333333333331', STRANGER))).toBe('mismatch');
    expect(await refused(world(['all']), snapshotArn.replace('eu-west-1', 'us-east-1'))).toBe('mismatch');
    expect(await refused(world(['all'], { TagList: [{ Key: 'cordon:protect', Value: '' }] }))).toBe('protected');
    expect(await refused(world(['all'], { SnapshotType: 'automated' }))).toBe('unsupported');
    expect(await refused(world([]))).toBe('nothing-to-do');
  });

  it('does not plan when the shares cannot be read, or are of no known kind', async () => {
    const params = action.params.parse({ snapshotArn });
    const unread = world(['all'], {}, { DescribeDBSnapshotAttributes: '!AccessDenied' });
    await expect(action.plan(cannedContext(unread), params)).rejects.toMatchObject({ awsCode: 'AccessDenied' });
    await expect(action.plan(cannedContext(world(['somebody'])), params)).rejects.toMatchObject({
      code: 'aws_answer_unreadable',
    });
  });

  it('undoes by granting exactly what was taken', async () => {
    const plan = await planned(world(['all', STRANGER, BACKUP]), { keepAccounts: [BACKUP] });
    const back = await action.rollback(cannedContext(world([BACKUP])), { plan, outputs: {} });
    expect('steps' in back && back.steps.map((step) => step.call.input)).toMatchObject([
      { ValuesToAdd: [STRANGER, 'all'] },
    ]);
    expect('verify' in back && back.verify[0]?.expect).toEqual([BACKUP, STRANGER, 'all']);
  });

  it('refuses to undo when the shares are back, or are others', async () => {
    const plan = await planned(world(['all', STRANGER]));
    const undo = async (readers: string[]) =>
      refusalOf(await action.rollback(cannedContext(world(readers)), { plan, outputs: {} })).refused;
    expect(await undo([STRANGER, 'all'])).toBe('nothing-to-do');
    expect(await undo([BACKUP])).toBe('drifted');
  });

  it('takes no parameter that is not the ARN of a snapshot', () => {
    const prefix = 'arn:aws:rds:eu-west-1:333333333331:';
    for (const bad of ['', 'orders-export', `${prefix}db:orders`, `${prefix}snapshot:`, `${prefix}snapshot:a/../b`]) {
      expect(action.params.safeParse({ snapshotArn: bad }).success).toBe(false);
    }
    expect(action.params.safeParse({ snapshotArn: `${prefix}cluster-snapshot:rds:orders-2026-11-20` }).success).toBe(
      true,
    );
  });
});

import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/ebs/make-snapshot-private.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { planHash } from '../../../../src/domain/plan.ts';
import { type Answers, cannedContext } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const snapshotId = 'snap-0a1b2c3d4e5f60718';
const STRANGER = '999999999999';
const BACKUP = '444444444444';

function world(readers: readonly string[], more: JsonObject = {}, over: Answers = {}): Answers {
  const snapshot = { SnapshotId: snapshotId, VolumeId: 'vol-1', OwnerId: '333333333331', Encrypted: false, ...more };
  const shares = readers.map((one) => (one === 'all' ? { Group: one } : { UserId: one }));
  return {
    DescribeSnapshots: { Snapshots: [snapshot] },
    DescribeSnapshotAttribute: { CreateVolumePermissions: shares },
    ...over,
  };
}

async function planned(answers: Answers, keepAccounts: string[] = []) {
  const context = cannedContext(answers);
  const params = action.params.parse({ snapshotId, keepAccounts });
  return framed(action, context, params, await action.plan(context, params));
}

async function refused(answers: Answers) {
  return refusalOf(await action.plan(cannedContext(answers), action.params.parse({ snapshotId }))).refused;
}

describe('ebs.make-snapshot-private', () => {
  it('takes everybody and every account away in one call', async () => {
    const plan = await planned(world(['all', STRANGER, BACKUP]));
    expect(plan.steps.map((step) => step.call.input)).toEqual([
      {
        SnapshotId: snapshotId,
        Attribute: 'createVolumePermission',
        OperationType: 'remove',
        GroupNames: ['all'],
        UserIds: [BACKUP, STRANGER],
      },
    ]);
    expect(plan.changes[0]?.after).toEqual([]);
  });

  it('keeps the accounts that the playbook keeps, and says so', async () => {
    const plan = await planned(world([STRANGER, BACKUP]), [BACKUP]);
    expect(plan.steps[0]?.call.input).toMatchObject({ UserIds: [STRANGER] });
    expect(plan.steps[0]?.call.input).not.toHaveProperty('GroupNames');
    expect(plan.verify[0]?.expect).toEqual([BACKUP]);
    expect(plan.blastRadius.join(' ')).toContain(`stays shared with account ${BACKUP}`);
  });

  it('is the same plan whatever the order AWS lists the shares in, and another when one changes', async () => {
    const hash = planHash(await planned(world(['all', STRANGER])));
    expect(planHash(await planned(world([STRANGER, 'all'])))).toBe(hash);
    expect(planHash(await planned(world([STRANGER])))).not.toBe(hash);
    expect(planHash(await planned(world(['all', STRANGER], { VolumeId: 'vol-2' })))).not.toBe(hash);
  });

  it('refuses a snapshot that is gone, of another account, protected, private, or shared with too many', async () => {
    expect(await refused(world(['all'], {}, { DescribeSnapshots: '!InvalidSnapshot.NotFound' }))).toBe('not-found');
    expect(await refused(world(['all'], { OwnerId: STRANGER }))).toBe('mismatch');
    expect(await refused(world(['all'], { Tags: [{ Key: 'cordon:protect', Value: '' }] }))).toBe('protected');
    expect(await refused(world([]))).toBe('nothing-to-do');
    expect(await refused(world([], {}, { DescribeSnapshotAttribute: {} }))).toBe('nothing-to-do');
    const many = Array.from({ length: 51 }, (_, index) => String(100_000_000_000 + index));
    expect(await refused(world(many))).toBe('too-large');
  });

  it('does not plan when the shares cannot be read', async () => {
    const answers = world(['all'], {}, { DescribeSnapshotAttribute: '!UnauthorizedOperation' });
    await expect(action.plan(cannedContext(answers), action.params.parse({ snapshotId }))).rejects.toMatchObject({
      awsCode: 'UnauthorizedOperation',
    });
  });

  it('undoes by granting exactly what was taken', async () => {
    const plan = await planned(world(['all', STRANGER, BACKUP]), [BACKUP]);
    const back = await action.rollback(cannedContext(world([BACKUP])), { plan, outputs: {} });
    expect('steps' in back && back.steps.map((step) => step.call.input)).toMatchObject([
      { OperationType: 'add', GroupNames: ['all'], UserIds: [STRANGER] },
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

  it('takes no parameter that is not a snapshot id', () => {
    for (const bad of ['', 'snap-1', 'vol-0a1b2c3d4e5f60718', '../snap-0a1b2c3d']) {
      expect(action.params.safeParse({ snapshotId: bad }).success).toBe(false);
    }
  });
});

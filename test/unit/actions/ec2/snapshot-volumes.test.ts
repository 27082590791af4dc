import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/ec2/snapshot-volumes.ts';
import { sessionPolicy } from '../../../../src/aws/session-policy.ts';
import { planHash, sessionStatements } from '../../../../src/domain/plan.ts';
import { type Answers, cannedContext, RUN_ID } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const instanceId = 'i-0abc0000000000001';
const [ROOT, DATA] = ['vol-0000000000000000a', 'vol-0000000000000000b'];

const instance = (over: object = {}) => ({
  Reservations: [
    {
      Instances: [
        {
          InstanceId: instanceId,
          State: { Name: 'running' },
          VpcId: 'vpc-00000001',
          BlockDeviceMappings: [
            { DeviceName: '/dev/sdb', Ebs: { VolumeId: DATA } },
            { DeviceName: '/dev/xvda', Ebs: { VolumeId: ROOT } },
          ],
          ...over,
        },
      ],
    },
  ],
});

function world(over: Answers = {}): Answers {
  return {
    DescribeInstances: instance(),
    DescribeVolumes: {
      Volumes: [
        { VolumeId: DATA, Size: 100, Encrypted: true },
        { VolumeId: ROOT, Size: 8, Encrypted: false },
      ],
    },
    ...over,
  };
}

async function planned(answers: Answers) {
  const context = cannedContext(answers);
  return framed(action, context, { instanceId }, await action.plan(context, { instanceId }));
}

async function refused(answers: Answers, instanceIds: readonly string[] = []) {
  const context = cannedContext(answers, { self: { accountId: '222222222222', roleNames: [], instanceIds } });
  return refusalOf(await action.plan(context, { instanceId })).refused;
}

describe('ec2.snapshot-volumes', () => {
  it('takes one set of the instance, tagged with the run, with rights on exactly its volumes', async () => {
    const plan = await planned(world());
    const [step] = plan.steps;
    expect(plan.summary).toContain('108 GiB');
    expect(step?.call.input['InstanceSpecification']).toEqual({ InstanceId: instanceId, ExcludeBootVolume: false });
    expect(JSON.stringify(step?.call.input['TagSpecifications'])).toContain(RUN_ID);
    expect(step?.iam[0]?.resources).toEqual([
      `arn:aws:ec2:eu-west-1:333333333331:instance/${instanceId}`,
      `arn:aws:ec2:eu-west-1:333333333331:volume/${ROOT}`,
      `arn:aws:ec2:eu-west-1:333333333331:volume/${DATA}`,
    ]);
  });

  it('does not depend on the order in which AWS answers, but on the volumes', async () => {
    const hash = planHash(await planned(world()));
    const turned = [...instance().Reservations[0]!.Instances[0]!.BlockDeviceMappings].reverse();
    expect(planHash(await planned(world({ DescribeInstances: instance({ BlockDeviceMappings: turned }) })))).toBe(hash);
    const fewer = turned.slice(0, 1);
    expect(planHash(await planned(world({ DescribeInstances: instance({ BlockDeviceMappings: fewer }) })))).not.toBe(
      hash,
    );
  });

  it('refuses what is gone, protected, its own host, or without volumes', async () => {
    expect(await refused(world({ DescribeInstances: '!InvalidInstanceID.NotFound' }))).toBe('not-found');
    expect(await refused(world({ DescribeInstances: instance({ State: { Name: 'terminated' } }) }))).toBe('not-found');
    const tagged = instance({ Tags: [{ Key: 'cordon:protect', Value: 'true' }] });
    expect(await refused(world({ DescribeInstances: tagged }))).toBe('protected');
    expect(await refused(world(), [instanceId])).toBe('self');
    expect(await refused(world({ DescribeInstances: instance({ BlockDeviceMappings: [] }) }))).toBe('nothing-to-do');
  });

  it('fits one session policy with twelve volumes, and refuses thirteen', async () => {
    const region = 'ap-southeast-2';
    const ids = Array.from({ length: 13 }, (_, n) => `vol-${String(n).padStart(17, '0')}`);
    const answers = (count: number) => ({
      DescribeInstances: instance({
        BlockDeviceMappings: ids.slice(0, count).map((VolumeId) => ({ DeviceName: '/dev/sdf', Ebs: { VolumeId } })),
      }),
      DescribeVolumes: { Volumes: ids.slice(0, count).map((VolumeId) => ({ VolumeId, Size: 8 })) },
    });
    const context = cannedContext(answers(12), { region, partition: 'aws-us-gov' });
    const plan = framed(action, context, { instanceId }, await action.plan(context, { instanceId }));
    expect(plan.steps[0]?.iam[0]?.resources).toHaveLength(13);
    expect(() => sessionPolicy(sessionStatements(plan), region)).not.toThrow();
    expect(await refused(answers(13))).toBe('too-large');
  });

  it('has no undo: evidence is deleted by hand', async () => {
    const plan = await planned(world());
    expect(plan.rollback.available).toBe(false);
    expect(refusalOf(await action.rollback(cannedContext({}), { plan, outputs: {} })).refused).toBe('irreversible');
  });
});

import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/ec2/require-imdsv2.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { planHash } from '../../../../src/domain/plan.ts';
import { type Answers, cannedContext } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const instanceId = 'i-0a1b2c3d4e5f60718';
const OPEN = { HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1, HttpTokens: 'optional' };

function world(metadata: JsonObject | undefined = OPEN, more: JsonObject = {}): Answers {
  const instance = { InstanceId: instanceId, State: { Name: 'running' }, ...more };
  const Instances = [
    metadata === undefined ? instance : { ...instance, MetadataOptions: { State: 'applied', ...metadata } },
  ];
  return { DescribeInstances: { Reservations: [{ Instances }] } };
}

async function planned(answers: Answers) {
  const context = cannedContext(answers);
  return framed(action, context, { instanceId }, await action.plan(context, { instanceId }));
}

async function refused(answers: Answers, over = {}) {
  return refusalOf(await action.plan(cannedContext(answers, over), { instanceId })).refused;
}

describe('ec2.require-imdsv2', () => {
  it('requires tokens and leaves the rest of the settings as it is', async () => {
    const plan = await planned(world({ ...OPEN, HttpPutResponseHopLimit: 3 }));
    expect(plan.steps.map((step) => step.call.input)).toEqual([
      { InstanceId: instanceId, HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 3, HttpTokens: 'required' },
    ]);
    expect(plan.risk).toBe('disruptive');
  });

  it('says what loses its credentials, and warns of containers at hop limit 1', async () => {
    expect((await planned(world())).blastRadius.join(' ')).toContain('containers behind a bridge');
    const wider = await planned(world({ ...OPEN, HttpPutResponseHopLimit: 2 }));
    expect(wider.blastRadius.join(' ')).not.toContain('containers behind a bridge');
  });

  it('goes stale when the hop limit changes', async () => {
    expect(planHash(await planned(world({ ...OPEN, HttpPutResponseHopLimit: 2 })))).not.toBe(
      planHash(await planned(world())),
    );
  });

  it('refuses what is gone, off, closed already, protected, unknown, or Cordon itself', async () => {
    expect(await refused({ DescribeInstances: '!InvalidInstanceID.NotFound' })).toBe('not-found');
    expect(await refused(world({ ...OPEN, HttpEndpoint: 'disabled' }))).toBe('nothing-to-do');
    expect(await refused(world({ ...OPEN, HttpTokens: 'required' }))).toBe('nothing-to-do');
    expect(await refused(world(OPEN, { Tags: [{ Key: 'cordon:protect', Value: '' }] }))).toBe('protected');
    const bare = { InstanceId: instanceId, State: { Name: 'running' } };
    expect(await refused({ DescribeInstances: { Reservations: [{ Instances: [bare] }] } })).toBe('unsupported');
    const self = { accountId: '222222222222', roleNames: [], instanceIds: [instanceId] };
    expect(await refused(world(), { self })).toBe('self');
  });

  it('undoes to optional tokens with the settings of before', async () => {
    const plan = await planned(world());
    const now = cannedContext(world({ ...OPEN, HttpTokens: 'required' }));
    const back = await action.rollback(now, { plan, outputs: {} });
    expect('steps' in back && back.steps.map((step) => step.call.input)).toEqual([{ InstanceId: instanceId, ...OPEN }]);
  });

  it('refuses to undo when tokens are optional already, or another setting has moved', async () => {
    const plan = await planned(world());
    const undo = async (metadata: JsonObject) =>
      refusalOf(await action.rollback(cannedContext(world(metadata)), { plan, outputs: {} })).refused;
    expect(await undo(OPEN)).toBe('nothing-to-do');
    expect(await undo({ ...OPEN, HttpTokens: 'required', HttpPutResponseHopLimit: 2 })).toBe('drifted');
  });
});

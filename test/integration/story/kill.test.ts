import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLEET, instanceId } from '../../../sandbox/aws/seed/names.ts';
import { until } from '../../support/poll.ts';
import { type Sandbox, startSandbox } from '../../support/sandbox-processes.ts';
import { type AwsCallRecord, type Story, storyOf } from '../../support/story.ts';

/** Writes that isolate an instance with one interface, in order. */
const STEPS = [
  'CreateSecurityGroup',
  'CreateSecurityGroup',
  'AuthorizeSecurityGroupIngress',
  'AuthorizeSecurityGroupEgress',
  'RevokeSecurityGroupEgress',
  'ModifyNetworkInterfaceAttribute',
  'ModifyNetworkInterfaceAttribute',
  'CreateTags',
  'DeleteSecurityGroup',
];

let sandbox: Sandbox;
let story: Story;

beforeAll(async () => {
  sandbox = await startSandbox();
  story = storyOf(sandbox);
}, 90_000);
afterAll(() => sandbox?.close(), 60_000);

async function effectsAfter(seq: number): Promise<readonly AwsCallRecord[]> {
  return (await story.awsLog()).filter((call) => call.seq > seq && call.service === 'ec2' && call.write && call.effect);
}

describe('the product is killed while AWS has carried out a step and its answer is on the way', {
  timeout: 180_000,
}, () => {
  it.each(STEPS.map((operation, index) => ({ operation, index, number: index + 1 })))(
    'step $number, $operation: ends verified with one effective change a step',
    async ({ index }) => {
      const target = FLEET[index];
      if (!target) throw new Error('the simulated fleet is too small');
      const id = instanceId(target.account, target.name);
      await story.fire('command-and-control', { account: target.account, instanceId: id });
      const card = await story.card('Machine talks', id);
      const request = await story.askFor(card, 'Isolate');
      const before = (await story.awsLog()).at(-1)?.seq ?? 0;
      await story.fault({ service: 'ec2', operation: '*', kind: 'timeout-after', skip: index, times: 1 });
      await story.decide(request, 'alice');
      await until(`the effect of step ${index}`, async () => (await effectsAfter(before)).length === index + 1);
      await sandbox.kill();
      await story.clearFaults();
      await sandbox.start();
      await story.inThread(card, ['RUN-', 'DONE', 'verified'], 60_000);
      expect((await effectsAfter(before)).map((call) => call.operation)).toEqual(STEPS);
    },
  );
});

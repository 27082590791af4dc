/** The files of a new action. For EC2 instances a whole one that works, to be changed step by step; for other services a draft. */

interface ActionFiles {
  readonly action: string;
  readonly test: string;
  /** The contract suite against the simulator; absent where the template has no target there. */
  readonly contract?: string;
}

/** Marks an instance with a tag and takes the mark away again: small, harmless, and everything that an action has. */
export function instanceAction(id: string, name: string): ActionFiles {
  return { action: instanceText(id, name), test: instanceTestText(id, name), contract: contractText(name) };
}

/** Refuses until it is written. */
export function draftAction(id: string, service: string, name: string): ActionFiles {
  return { action: draftText(id, service), test: draftTestText(id, service, name) };
}

/** `ec2.do-something` -> `Do something`. */
export function words(id: string): string {
  const text = id.slice(id.indexOf('.') + 1).replaceAll('-', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const instanceText = (id: string, name: string): string => `import { z } from 'zod';
import type { PlanDraft, Probe, Refusal } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import { describeInstance, ec2, InstanceId, instanceArn, probe, readInstance } from '../ec2-instance.ts';
import { refuse } from '../refusal.ts';
import { tagValue } from '../tags.ts';

/** Typed identifiers only; the live read of \`plan\` confirms them. */
const Params = z.strictObject({ instanceId: InstanceId });
/** What \`rollback\` reads back from the plan that ran. */
const Before = z.object({ instanceId: InstanceId, mark: z.string().nullable() });
/** The tag that it sets. Replace the tag, and then the calls, by what your action is for. */
const MARK = 'cordon:${name}';

export default defineAction({
  id: '${id}',
  version: 1,
  title: '${words(id)}',
  risk: 'reversible',
  undoReexposes: false,
  services: ['ec2'],
  docs: 'What it changes, what it leaves alone, and how it is undone, in two or three sentences for the approver.',
  reads: [
    {
      actions: ['ec2:DescribeInstances'],
      resources: ['*'],
      why: 'The instance and its tags; this call knows no resources',
    },
  ],
  writes: [
    {
      actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
      resources: ['arn:{partition}:ec2:{region}:{account}:instance/*'],
      why: 'Sets the mark, and takes it away when the change is undone',
    },
  ],
  params: Params,

  // Reads the live state and describes the steps; sends nothing.
  async plan(context, { instanceId }) {
    const mark = await readMark(context, instanceId);
    if (isRefusal(mark)) return mark;
    if (mark === context.runId) return refuse('nothing-to-do', 'The instance is marked already.', 'Nothing to do.');
    return {
      ...marking(context, instanceId, mark, context.runId),
      summary: \`Mark \${instanceId}\`,
      rollback: { available: true, summary: 'Puts the mark back as it was.' },
    };
  },

  // Plans the way back to \`plan.before\`; refuses as drifted when the state is not what the run left.
  async rollback(context, { plan }) {
    const before = Before.parse(plan.before);
    const mark = await readMark(context, before.instanceId);
    if (isRefusal(mark)) return mark;
    if (mark === before.mark) return refuse('nothing-to-do', 'The mark is as it was before.', 'See CloudTrail.');
    if (mark !== plan.runId)
      return refuse('drifted', 'The mark is not what the run left.', 'Somebody has changed it since; decide by hand.');
    return {
      ...marking(context, before.instanceId, mark, before.mark),
      summary: \`Put the mark of \${before.instanceId} back\`,
      rollback: { available: false, why: 'Ask for it to be marked again instead.' },
    };
  },
});

async function readMark(context: PlanContext, instanceId: string): Promise<string | null | Refusal> {
  const instance = await readInstance(context, instanceId);
  return isRefusal(instance) ? instance : tagValue(instance.Tags, MARK);
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

/** Both directions: one call, what must hold before it, and how to see that it has been applied. */
function marking(
  context: PlanContext,
  instanceId: string,
  before: string | null,
  after: string | null,
): Omit<PlanDraft, 'summary' | 'rollback'> {
  const arn = instanceArn(context, instanceId);
  const call =
    after === null
      ? ec2('DeleteTags', { Resources: [instanceId], Tags: [{ Key: MARK }] })
      : ec2('CreateTags', { Resources: [instanceId], Tags: [{ Key: MARK, Value: after }] });
  return {
    target: { type: 'AwsEc2Instance', id: instanceId, arn },
    changes: [{ path: \`\${instanceId} tag \${MARK}\`, before, after }],
    blastRadius: ['Nothing that runs on the instance notices.'],
    before: { instanceId, mark: before },
    steps: [
      {
        id: after === null ? 'unmark' : 'mark',
        title: after === null ? 'Take the mark away' : 'Set the mark',
        call,
        iam: [{ actions: [\`ec2:\${call.operation}\`], resources: [arn] }],
        precondition: [markIs(instanceId, before)],
        applied: markIs(instanceId, after),
      },
    ],
    verify: [markIs(instanceId, after)],
  };
}

function markIs(instanceId: string, value: string | null): Probe {
  const title = value === null ? 'The instance has no mark' : \`The mark is \${value}\`;
  const query = \`Reservations[0].Instances[0].Tags[?Key=='\${MARK}'].Value | [0]\`;
  return probe(title, describeInstance(instanceId), query, value);
}
`;

const instanceTestText = (id: string, name: string): string => `import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/ec2/${name}.ts';
import { type Answers, cannedContext, RUN_ID } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const instanceId = 'i-0a1b2c3d4e5f60718';

function world(tags: readonly { Key: string; Value: string }[] = []): Answers {
  const instance = { InstanceId: instanceId, State: { Name: 'running' }, Tags: [...tags] };
  return { DescribeInstances: { Reservations: [{ Instances: [instance] }] } };
}

describe('${id}', () => {
  it('plans one step', async () => {
    const context = cannedContext(world());
    const plan = framed(action, context, { instanceId }, await action.plan(context, { instanceId }));
    expect(plan.steps.map((step) => step.call.operation)).toEqual(['CreateTags']);
  });

  it('refuses what is done already, and what is protected', async () => {
    const refused = async (Key: string, Value: string) =>
      refusalOf(await action.plan(cannedContext(world([{ Key, Value }])), { instanceId })).refused;
    expect(await refused('cordon:${name}', RUN_ID)).toBe('nothing-to-do');
    expect(await refused('cordon:protect', 'yes')).toBe('protected');
  });
});
`;

const contractText = (
  name: string,
): string => `import { EC2Client, ModifyInstanceAttributeCommand } from '@aws-sdk/client-ec2';
import { DATA_INSTANCE, FLEET, instanceId } from '../../../sandbox/aws/seed/names.ts';
import action from '../../../src/actions/ec2/${name}.ts';
import { actionContract } from '../../support/contract/action-contract.ts';
import { SELF } from '../../support/contract/sandbox.ts';

const { account } = DATA_INSTANCE;
const target = instanceId(account, DATA_INSTANCE.name);
const another = instanceId(account, FLEET[0]?.name ?? '');

actionContract({
  action,
  account,
  params: { instanceId: target },
  tagged: { kind: 'instances', id: target },
  drift: { kind: 'instances', id: target, fields: { Tags: [{ Key: 'cordon:${name}', Value: 'somebody else' }] } },
  self: { ...SELF, instanceIds: [target] },
  siblings: [
    { service: 'ec2', operation: 'CreateTags', input: { Resources: [another], Tags: [{ Key: 'a', Value: 'b' }] } },
  ],
  otherApi: (client) =>
    new EC2Client(client).send(
      new ModifyInstanceAttributeCommand({ InstanceId: target, DisableApiTermination: { Value: true } }),
    ),
  regional: true,
  undoable: true,
});
`;

const draftText = (id: string, service: string): string => `import { z } from 'zod';
import { defineAction } from '../action.ts';
import { refuse } from '../refusal.ts';

/** Typed identifiers only; the live read of \`plan\` confirms them. */
const Params = z.strictObject({ resource: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/) });

export default defineAction({
  id: '${id}',
  version: 1,
  title: '${words(id)}',
  risk: 'disruptive',
  undoReexposes: false,
  services: ['${service}'],
  docs: 'What it changes, what it leaves alone, and how it is undone.',
  // One entry for each command that plan, preconditions, applied and verify read with.
  reads: [],
  // One entry for each command that the steps and the rollback write with.
  writes: [],
  params: Params,

  // Reads the live state and describes the steps; sends nothing. Refuses until it does.
  async plan(_context, { resource }) {
    return refuse('policy', \`It does not plan anything for \${resource} yet.\`, 'Write its plan in src/actions.');
  },

  // Plans the way back to \`plan.before\`; refuses as drifted when the state is not what the run left.
  async rollback() {
    return refuse('irreversible', 'It has no way back yet.', 'Write its rollback in src/actions.');
  },
});
`;

const draftTestText = (
  id: string,
  service: string,
  name: string,
): string => `import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/${service}/${name}.ts';
import { cannedContext } from '../../../support/contract/canned-context.ts';

describe('${id}', () => {
  it('plans steps for a resource as it is', async () => {
    // Give the canned answers of the reads by operation name; this fails until the action plans.
    const draft = await action.plan(cannedContext({}), { resource: 'example' });
    expect(draft).toHaveProperty('steps');
  });
});
`;

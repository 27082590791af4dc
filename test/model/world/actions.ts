import { z } from 'zod';
import { type Action, defineAction, type PlanContext } from '../../../src/actions/action.ts';
import requireImdsv2 from '../../../src/actions/ec2/require-imdsv2.ts';
import snapshotVolumes from '../../../src/actions/ec2/snapshot-volumes.ts';
import {
  describeInstance,
  ec2,
  InstanceId,
  instanceArn,
  probe,
  readInstance,
} from '../../../src/actions/ec2-instance.ts';
import { isRefusal, type PlanDraft, type PlanStep, type Refusal } from '../../../src/domain/plan.ts';

const Params = z.strictObject({ instanceId: InstanceId });
type Params = z.infer<typeof Params>;
const MARKS = ['cordon:mark-one', 'cordon:mark-two'];

function tagOf(key: string): string {
  return `(Reservations[0].Instances[0].Tags[?Key=='${key}'].Value | [0])`;
}

/** Reversible, two steps: sets two tags, of which the second names the first's outcome. */
const markInstance = defineAction<Params>({
  id: 'ec2.mark-instance',
  version: 1,
  title: 'Mark the instance',
  risk: 'reversible',
  undoReexposes: false,
  services: ['ec2'],
  docs: 'Of the model only.',
  reads: [],
  writes: [],
  params: Params,
  async plan(context, { instanceId }) {
    const instance = await readInstance(context, instanceId);
    if (isRefusal(instance)) return instance;
    const present = instance.Tags.filter(({ Key }) => MARKS.includes(Key));
    if (present.length > 0) return no('nothing-to-do', 'It is marked already.');
    return marking(context, instanceId);
  },
  async rollback(context, { plan }) {
    const instanceId = String(plan.params['instanceId']);
    const instance = await readInstance(context, instanceId);
    if (isRefusal(instance)) return instance;
    const ours = instance.Tags.filter(({ Key, Value }) => MARKS.includes(Key) && Value.startsWith(plan.runId));
    if (ours.length !== MARKS.length) return no('drifted', 'The marks are not those of the run.');
    return unmarking(context, instanceId, plan.runId);
  },
});

function frame(
  context: PlanContext,
  instanceId: string,
  state: string,
): Pick<PlanDraft, 'target' | 'changes' | 'blastRadius' | 'before'> {
  return {
    target: { type: 'AwsEc2Instance', id: instanceId, arn: instanceArn(context, instanceId) },
    changes: [{ path: `${instanceId} state`, before: null, after: state }],
    blastRadius: [],
    before: { instanceId, state },
  };
}

function marking(context: PlanContext, instanceId: string): PlanDraft {
  const steps = MARKS.map((key, index): PlanStep => {
    const first = { $out: `step-0.value` };
    const value = index === 0 ? context.runId : first;
    return {
      id: `step-${index}`,
      title: `Set ${key}`,
      call: ec2('CreateTags', { Resources: [instanceId], Tags: [{ Key: key, Value: value }] }),
      iam: [{ actions: ['ec2:CreateTags'], resources: [instanceArn(context, instanceId)] }],
      precondition: [probe(`${key} is not set`, describeInstance(instanceId), tagOf(key), null)],
      applied: probe(`${key} is set`, describeInstance(instanceId), tagOf(key), value),
      ...(index === 0 && { outputs: { value: tagOf(key) } }),
    };
  });
  return {
    ...frame(context, instanceId, 'unmarked'),
    summary: `Mark ${instanceId}`,
    steps,
    verify: steps.map(({ applied }) => applied).slice(0, 1),
    rollback: { available: true, summary: 'Takes the marks off.' },
  };
}

function unmarking(context: PlanContext, instanceId: string, runId: string): PlanDraft {
  const steps = MARKS.map(
    (key, index): PlanStep => ({
      id: `step-${index}`,
      title: `Remove ${key}`,
      call: ec2('DeleteTags', { Resources: [instanceId], Tags: [{ Key: key }] }),
      iam: [{ actions: ['ec2:DeleteTags'], resources: [instanceArn(context, instanceId)] }],
      precondition: [probe(`${key} is the run's`, describeInstance(instanceId), tagOf(key), runId)],
      applied: probe(`${key} is gone`, describeInstance(instanceId), tagOf(key), null),
    }),
  );
  return {
    ...frame(context, instanceId, 'marked'),
    summary: `Unmark ${instanceId}`,
    steps,
    verify: steps.map(({ applied }) => applied),
    rollback: { available: false, why: 'Mark it again instead.' },
  };
}

const STATE = 'Reservations[0].Instances[0].State.Name';

/** Destructive, one step. */
const stopInstance = defineAction<Params>({
  id: 'ec2.stop-instance',
  version: 1,
  title: 'Stop the instance',
  risk: 'destructive',
  undoReexposes: false,
  services: ['ec2'],
  docs: 'Of the model only.',
  reads: [],
  writes: [],
  params: Params,
  async plan(context, { instanceId }) {
    const instance = await readInstance(context, instanceId);
    if (isRefusal(instance)) return instance;
    if (instance.State.Name !== 'running') return no('nothing-to-do', 'It does not run.');
    return switching(context, instanceId, 'stopped');
  },
  async rollback(context, { plan }) {
    const instanceId = String(plan.params['instanceId']);
    const instance = await readInstance(context, instanceId);
    if (isRefusal(instance)) return instance;
    if (instance.State.Name !== 'stopped') return no('drifted', 'It is not stopped.');
    return switching(context, instanceId, 'running');
  },
});

function switching(context: PlanContext, instanceId: string, to: 'running' | 'stopped'): PlanDraft {
  const from = to === 'stopped' ? 'running' : 'stopped';
  const step: PlanStep = {
    id: to,
    title: `Make it ${to}`,
    call: ec2(to === 'stopped' ? 'StopInstances' : 'StartInstances', { InstanceIds: [instanceId] }),
    iam: [
      {
        actions: [to === 'stopped' ? 'ec2:StopInstances' : 'ec2:StartInstances'],
        resources: [instanceArn(context, instanceId)],
      },
    ],
    precondition: [probe(`It is ${from}`, describeInstance(instanceId), STATE, from)],
    applied: probe(`It is ${to}`, describeInstance(instanceId), STATE, to),
  };
  return {
    ...frame(context, instanceId, from),
    summary: `Make ${instanceId} ${to}`,
    steps: [step],
    verify: [step.applied],
    rollback: { available: true, summary: `Makes it ${from} again.` },
  };
}

function no(refused: Refusal['refused'], why: string): Refusal {
  return { refused, why, hint: 'Nothing to do.' };
}

/** Two of the product's own actions and two of the model's: every risk class, one and two steps, undoable and not. */
export const MODEL_ACTIONS: readonly Action[] = [markInstance, requireImdsv2, stopInstance, snapshotVolumes].map(
  (action) => action as unknown as Action,
);

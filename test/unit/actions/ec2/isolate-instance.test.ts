import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/ec2/isolate-instance.ts';
import { SESSION_POLICY_LIMIT, sessionPolicy } from '../../../../src/aws/session-policy.ts';
import type { Json, JsonObject } from '../../../../src/domain/json.ts';
import { type Plan, planHash, sessionStatements } from '../../../../src/domain/plan.ts';
import { type Answers, cannedContext, REGION, RUN_ID } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const instanceId = 'i-0abc0000000000001';
const eni = (n: number) => `eni-0000000000000000${n}`;
const sg = (n: number) => `sg-0000000000000000${n}`;

interface Shape {
  readonly groups: readonly (readonly string[])[];
  readonly tags?: readonly JsonObject[];
  readonly ipv6?: boolean;
  readonly known?: readonly JsonObject[];
  readonly usedBy?: Json;
}

/** An instance with one interface for each list of groups; security groups are those in `known` and any plain `sg-…` it uses. */
function world({ groups, tags = [], ipv6 = false, known = [], usedBy = [] }: Shape): Answers {
  const interfaces = groups.map((ids, index) => ({
    NetworkInterfaceId: eni(index + 1),
    Groups: ids.map((GroupId) => ({ GroupId })),
  }));
  return {
    DescribeInstances: {
      Reservations: [
        { Instances: [{ InstanceId: instanceId, State: { Name: 'running' }, VpcId: 'vpc-00000001', Tags: [...tags] }] },
      ],
    },
    DescribeNetworkInterfaces: (input) =>
      JSON.stringify(input).includes('attachment.instance-id')
        ? { NetworkInterfaces: interfaces }
        : { NetworkInterfaces: usedBy },
    DescribeSecurityGroups: (input) => ({ SecurityGroups: groupsFor(input, groups.flat(), known) }),
    DescribeVpcs: {
      Vpcs: [
        {
          OwnerId: '333333333331',
          Ipv6CidrBlockAssociationSet: ipv6 ? [{ Ipv6CidrBlockState: { State: 'associated' } }] : [],
        },
      ],
    },
  };
}

function groupsFor(input: JsonObject, used: readonly string[], known: readonly JsonObject[]): Json {
  const text = JSON.stringify(input);
  if (text.includes('tag:cordon:run')) return known.filter((group) => JSON.stringify(group).includes('cordon:run'));
  const plain = [...new Set([...used, sg(1), sg(2)])].map((GroupId) => ({ GroupId, IpPermissions: [{}] }));
  return [...known, ...plain.filter((it) => !known.some((one) => one['GroupId'] === it.GroupId))].filter((it) =>
    text.includes(String(it['GroupId'])),
  );
}

async function planned(shape: Shape): Promise<Plan> {
  const context = cannedContext(world(shape));
  return framed(action, context, { instanceId }, await action.plan(context, { instanceId }));
}

async function refused(shape: Shape, instanceIds: readonly string[] = []) {
  const self = { accountId: '222222222222', roleNames: [], instanceIds };
  return refusalOf(await action.plan(cannedContext(world(shape), { self }), { instanceId })).refused;
}

const two: Shape = { groups: [[sg(1), sg(2)], [sg(1)]] };

describe('ec2.isolate-instance', () => {
  it('readies both groups, passes each interface through the open one into the empty one, then tidies up', async () => {
    const plan = await planned(two);
    expect(plan.steps.map((step) => step.id)).toEqual([
      'create-untrack-group',
      'create-quarantine-group',
      'open-untrack-inbound',
      'open-untrack-outbound-ipv6',
      'empty-quarantine-group',
      `untrack-${eni(1)}`,
      `untrack-${eni(2)}`,
      `quarantine-${eni(1)}`,
      `quarantine-${eni(2)}`,
      'tag-instance',
      'delete-untrack-group',
    ]);
  });

  it('needs no outbound rule of its own for IPv6 where AWS puts one into every new group', async () => {
    const plan = await planned({ ...two, ipv6: true });
    expect(plan.steps.map((step) => step.id)).not.toContain('open-untrack-outbound-ipv6');
    const untrack = plan.steps.find((step) => step.id === `untrack-${eni(1)}`);
    expect(JSON.stringify(untrack?.precondition)).toContain('"out6":["::/0"]');
  });

  it('writes down the groups of each interface, sorted, and plans the same whatever the order', async () => {
    const plan = await planned(two);
    expect(plan.before['interfaces']).toEqual([
      { id: eni(1), groups: [sg(1), sg(2)] },
      { id: eni(2), groups: [sg(1)] },
    ]);
    expect(planHash(await planned({ groups: [[sg(2), sg(1)], [sg(1)]] }))).toBe(planHash(plan));
  });

  it.each([
    ['a security group', { groups: [[sg(1)], [sg(1)]] }],
    ['an interface', { groups: [[sg(1), sg(2)]] }],
    ['the VPC', { ...two, ipv6: true }],
    ['an Auto Scaling group', { ...two, tags: [{ Key: 'aws:autoscaling:groupName', Value: 'web' }] }],
  ] satisfies [string, Shape][])('goes stale with %s', async (_, shape) => {
    expect(planHash(await planned(shape))).not.toBe(planHash(await planned(two)));
  });

  it.each([1, 2, 4])('fits one session policy with %i network interfaces', async (count) => {
    const plan = await planned({ groups: Array.from({ length: count }, () => [sg(1), sg(2)]) });
    const policy = sessionPolicy(sessionStatements(plan), REGION);
    expect(policy.length).toBeLessThanOrEqual(SESSION_POLICY_LIMIT);
    expect(policy).not.toContain('"Resource":"*"');
  });

  it('warns of the open moment, of Auto Scaling and of load balancers', async () => {
    const shape: Shape = {
      ...two,
      tags: [{ Key: 'aws:autoscaling:groupName', Value: '<!channel>' }],
      usedBy: [{ NetworkInterfaceId: eni(9), Description: 'ELB app/web/1' }],
    };
    const text = (await planned(shape)).blastRadius.join(' ');
    expect(text).toContain('lets everything in and out');
    expect(text).toContain('Auto Scaling');
    expect(text).toContain('load balancer');
    expect(text).not.toContain('<!channel>');
  });

  it('refuses more security groups than its undo could name', async () => {
    expect(await refused({ groups: [[1, 2, 3, 4, 5].map(sg), [6, 7, 8, 9].map(sg)] })).toBe('too-large');
  });

  it('refuses five interfaces, none, a protected instance and its own host', async () => {
    expect(await refused({ groups: Array.from({ length: 5 }, () => [sg(1)]) })).toBe('too-large');
    expect(await refused({ groups: [] })).toBe('nothing-to-do');
    expect(await refused({ ...two, tags: [{ Key: 'cordon:protect', Value: '' }] })).toBe('protected');
    expect(await refused(two, [instanceId])).toBe('self');
  });

  it('sees that an instance is isolated already, but does not believe a tag alone', async () => {
    const isolated = { GroupId: sg(3), Tags: [{ Key: 'cordon:use', Value: 'quarantine' }] };
    expect(await refused({ groups: [[sg(3)]], known: [isolated] })).toBe('nothing-to-do');
    expect(await refused({ ...two, tags: [{ Key: 'cordon:isolated', Value: RUN_ID }] })).toBe('mismatch');
    const open = { ...isolated, IpPermissions: [{ IpProtocol: '-1' }] };
    expect((await planned({ groups: [[sg(3)]], known: [open] })).steps.length).toBeGreaterThan(0);
  });
});

describe('the undo of ec2.isolate-instance', () => {
  const ofRun = (id: string, use: string) => ({
    GroupId: id,
    Tags: [
      { Key: 'cordon:run', Value: RUN_ID },
      { Key: 'cordon:use', Value: use },
    ],
  });
  const isolated: Shape = {
    groups: [[sg(8)], [sg(8)]],
    known: [ofRun(sg(8), 'quarantine')],
    tags: [{ Key: 'cordon:isolated', Value: RUN_ID }],
  };
  const undo = async (shape: Shape) =>
    action.rollback(cannedContext(world(shape), { runId: 'RUN-UND2UND2' }), { plan: await planned(two), outputs: {} });
  const stepsOf = async (shape: Shape) => {
    const outcome = await undo(shape);
    return 'steps' in outcome ? outcome.steps.map((step) => step.id) : outcome;
  };

  it('gives each interface its former groups, then removes tag and group', async () => {
    expect(await stepsOf(isolated)).toEqual([
      `restore-${eni(1)}`,
      `restore-${eni(2)}`,
      'untag-instance',
      `delete-${sg(8)}`,
    ]);
  });

  it('may touch the named interfaces and their former groups only', async () => {
    const outcome = await undo(isolated);
    const resources = 'steps' in outcome ? outcome.steps.flatMap((step) => step.iam.flatMap((it) => it.resources)) : [];
    expect(resources.length).toBeGreaterThan(0);
    for (const resource of resources) expect(resource).not.toContain('*');
  });

  it('releases a run that stopped half-way: only what it moved is moved back', async () => {
    const half: Shape = { groups: [[sg(7)], [sg(1)]], known: [ofRun(sg(7), 'untrack'), ofRun(sg(8), 'quarantine')] };
    expect(await stepsOf(half)).toEqual([`restore-${eni(1)}`, `delete-${sg(7)}`, `delete-${sg(8)}`]);
  });

  it('fits one session policy at its largest, with the longest names of Regions', async () => {
    const region = 'ap-southeast-2';
    const groups = [[1, 2, 3, 4], [5, 6, 7, 8], [1, 5], [2]].map((ids) => ids.map(sg));
    const before = cannedContext(world({ groups }), { region, partition: 'aws-us-gov' });
    const plan = framed(action, before, { instanceId }, await action.plan(before, { instanceId }));
    const [untrack, quarantine] = ['sg-1000000000000000a', 'sg-1000000000000000b'];
    const left: Shape = {
      groups: groups.map((_, index) => [index % 2 === 0 ? untrack : quarantine]),
      known: [
        ofRun(untrack, 'untrack'),
        ofRun(quarantine, 'quarantine'),
        ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ GroupId: sg(n) })),
      ],
      tags: [{ Key: 'cordon:isolated', Value: RUN_ID }],
    };
    const after = cannedContext(world(left), { region, partition: 'aws-us-gov', runId: 'RUN-UND2UND2' });
    const undo = framed(action, after, { instanceId }, await action.rollback(after, { plan, outputs: {} }));
    expect(undo.steps).toHaveLength(7);
    expect(sessionPolicy(sessionStatements(undo), region).length).toBeLessThanOrEqual(SESSION_POLICY_LIMIT);
  });

  it.each([
    ['an interface is in a group of somebody else', { ...isolated, groups: [[sg(8)], [sg(5)]] }],
    ['an interface has gone', { ...isolated, groups: [[sg(8)]] }],
    ['somebody put another instance into quarantine', { ...isolated, usedBy: [{ NetworkInterfaceId: eni(9) }] }],
  ] satisfies [string, Shape][])('refuses as drifted when %s', async (_, shape) => {
    expect(await undo(shape)).toMatchObject({ refused: 'drifted' });
  });

  it('has nothing to do when all is as before', async () => {
    expect(await undo(two)).toMatchObject({ refused: 'nothing-to-do' });
  });
});

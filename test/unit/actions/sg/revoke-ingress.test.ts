import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/sg/revoke-ingress.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { planHash } from '../../../../src/domain/plan.ts';
import { type Answers, cannedContext } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const groupId = 'sg-0a1b2c3d4e5f60718';
const rule = (id: string, more: JsonObject): JsonObject => ({
  SecurityGroupRuleId: `sgr-0000000000000000${id}`,
  IsEgress: false,
  IpProtocol: 'tcp',
  FromPort: 22,
  ToPort: 22,
  ...more,
});
const ssh = rule('1', { CidrIpv4: '0.0.0.0/0', Description: 'temp', Tags: [{ Key: 'who', Value: 'web' }] });
const ssh6 = rule('2', { CidrIpv6: '::/0' });
const https = rule('3', { CidrIpv4: '0.0.0.0/0', FromPort: 443, ToPort: 443 });
const all = rule('4', { CidrIpv4: '0.0.0.0/0', IpProtocol: '-1', FromPort: -1, ToPort: -1 });
const others = [
  rule('5', { CidrIpv4: '192.0.2.0/24' }),
  rule('6', { PrefixListId: 'pl-0123456789abcdef0' }),
  rule('7', { ReferencedGroupInfo: { GroupId: 'sg-0a1b2c3d4e5f60719' } }),
  rule('8', { CidrIpv4: '0.0.0.0/0', IsEgress: true, IpProtocol: '-1', FromPort: -1, ToPort: -1 }),
];

function world(rules: readonly JsonObject[], over: Answers = {}): Answers {
  const group = { GroupId: groupId, GroupName: 'bastion', VpcId: 'vpc-1', OwnerId: '333333333331' };
  return {
    DescribeSecurityGroups: { SecurityGroups: [group] },
    DescribeSecurityGroupRules: { SecurityGroupRules: rules },
    DescribeNetworkInterfaces: { NetworkInterfaces: [] },
    ...over,
  };
}

async function planned(answers: Answers, more: JsonObject = {}) {
  const context = cannedContext(answers);
  const params = action.params.parse({ groupId, ...more });
  return framed(action, context, params, await action.plan(context, params));
}

async function refused(answers: Answers, over = {}) {
  const context = cannedContext(answers, over);
  return refusalOf(await action.plan(context, action.params.parse({ groupId }))).refused;
}

const idsOf = (plan: Awaited<ReturnType<typeof planned>>) => plan.steps[0]?.call.input['SecurityGroupRuleIds'];

describe('sg.revoke-ingress', () => {
  it('revokes by id what is open to the world, IPv4 and IPv6, and nothing else', async () => {
    const plan = await planned(world([...others, ssh, ssh6, https, all]));
    expect(idsOf(plan)).toEqual([all, ssh, ssh6, https].map((it) => it['SecurityGroupRuleId']));
    expect(plan.steps).toHaveLength(1);
    expect(plan.steps[0]?.precondition).toHaveLength(4);
  });

  it('keeps the ports the playbook keeps, unless the rule opens more than that port', async () => {
    const wide: JsonObject = { ...https, ToPort: 444 };
    expect(idsOf(await planned(world([ssh, https]), { keepPorts: [443] }))).toEqual([ssh['SecurityGroupRuleId']]);
    expect(idsOf(await planned(world([wide]), { keepPorts: [443] }))).toEqual([wide['SecurityGroupRuleId']]);
    const text = (await planned(world([ssh, https]), { keepPorts: [443] })).blastRadius.join(' ');
    expect(text).toContain('tcp 443 stays open to 0.0.0.0/0');
  });

  it('takes only the rules that let a named port in', async () => {
    const plan = await planned(world([ssh, https, all]), { ports: [443] });
    expect(idsOf(plan)).toEqual([all['SecurityGroupRuleId'], https['SecurityGroupRuleId']]);
  });

  it.each([
    ['description', [{ ...ssh, Description: 'other' }]],
    ['port', [{ ...ssh, ToPort: 23 }]],
    ['tags of the rule', [{ ...ssh, Tags: [] }]],
    ['set of open rules', [ssh, ssh6]],
  ])('goes stale when the %s changes, and not when a narrow rule does', async (_, rules) => {
    const hash = planHash(await planned(world([ssh])));
    expect(planHash(await planned(world(rules)))).not.toBe(hash);
    expect(planHash(await planned(world([...others, ssh])))).toBe(hash);
  });

  it('says whether the internet reaches what uses the group', async () => {
    const used = (eni: JsonObject) => world([ssh], { DescribeNetworkInterfaces: { NetworkInterfaces: [eni] } });
    expect((await planned(world([ssh]))).blastRadius[0]).toContain('No network interface');
    expect((await planned(used({}))).blastRadius[0]).toContain('none of them has a public address');
    expect((await planned(used({ Association: { PublicIp: '203.0.113.9' } }))).blastRadius[0]).toContain('is shut out');
  });

  it('refuses a group that is gone, shared, protected, closed, too open, or of Cordon itself', async () => {
    const group = { GroupId: groupId, GroupName: 'bastion', VpcId: 'vpc-1' };
    const answer = (more: JsonObject): Answers => ({
      DescribeSecurityGroups: { SecurityGroups: [{ ...group, ...more }] },
    });
    const protect = [{ Key: 'cordon:protect', Value: '' }];
    expect(await refused(world([ssh], { DescribeSecurityGroups: '!InvalidGroup.NotFound' }))).toBe('not-found');
    expect(await refused(world([ssh], answer({ OwnerId: '999999999999' })))).toBe('mismatch');
    expect(await refused(world([ssh], answer({ OwnerId: '333333333331', Tags: protect })))).toBe('protected');
    expect(await refused(world([{ ...ssh, Tags: protect }]))).toBe('protected');
    expect(await refused(world(others))).toBe('nothing-to-do');
    const many = Array.from({ length: 21 }, (_, index) => ({ ...ssh, FromPort: index, ToPort: index }));
    expect(await refused(world(many))).toBe('too-large');
    expect(
      await refused(world([], { DescribeSecurityGroupRules: { SecurityGroupRules: [ssh], NextToken: 'x' } })),
    ).toBe('too-large');
    const own = [{ Attachment: { InstanceId: 'i-0a1b2c3d4e5f60718' } }];
    const self = { accountId: '222222222222', roleNames: [], instanceIds: ['i-0a1b2c3d4e5f60718'] };
    expect(await refused(world([ssh], { DescribeNetworkInterfaces: { NetworkInterfaces: own } }), { self })).toBe(
      'self',
    );
  });

  it('adds the very same rules again: source, ports, description, tags', async () => {
    const plan = await planned(world([ssh, ssh6, all]));
    const back = await action.rollback(cannedContext(world(others)), { plan, outputs: {} });
    expect('steps' in back && back.steps.map((step) => step.call.input)).toEqual([
      { GroupId: groupId, IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }] },
      {
        GroupId: groupId,
        IpPermissions: [
          { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'temp' }] },
        ],
        TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'who', Value: 'web' }] }],
      },
      {
        GroupId: groupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, Ipv6Ranges: [{ CidrIpv6: '::/0' }] }],
      },
    ]);
  });

  it('refuses to undo when the rules are back, all or some of them', async () => {
    const plan = await planned(world([ssh, ssh6]));
    const undo = async (rules: JsonObject[]) =>
      refusalOf(await action.rollback(cannedContext(world(rules)), { plan, outputs: {} })).refused;
    expect(await undo([ssh, ssh6])).toBe('nothing-to-do');
    expect(await undo([ssh6])).toBe('drifted');
  });

  it('takes no parameter that is not a group id or a port', () => {
    for (const bad of ['', 'sg-1', 'sg-0a1b2c3d4e5f6071G', '../etc', "sg-0a1b2c3d' || '1"]) {
      expect(action.params.safeParse({ groupId: bad }).success).toBe(false);
    }
    expect(action.params.safeParse({ groupId, ports: [65_536] }).success).toBe(false);
    expect(action.params.safeParse({ groupId, cidr: '0.0.0.0/0' }).success).toBe(false);
  });
});

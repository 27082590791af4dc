import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/account.ts';
import type { Requirement, Vote } from '../../../src/domain/approval.ts';
import type { Plan, Risk } from '../../../src/domain/plan.ts';
import { type ApprovalPolicy, type Settings, SettingsFile } from '../../../src/domain/settings.ts';
import { requirementFor, tally, unfillable } from '../../../src/flow/requirement.ts';

const ALICE = 'U0ALICE';
const BO = 'U0BO';
const CAROL = 'U0CAROL';
const RINA = 'U0RINA';
const account: Account = {
  id: '333333333331',
  alias: 'prod-payments',
  environment: 'prod',
  owners: [CAROL],
  regions: ['eu-west-1'],
  act: true,
  management: false,
};

function settings(policies: ApprovalPolicy[] = [], groups: Record<string, string[]> = {}): Settings {
  const file = SettingsFile.parse({
    schema: 'cordon/settings/v1',
    slack: { team: 'T0ACME' },
    aws: { homeRegion: 'eu-west-1', securityAccount: '222222222222' },
    accounts: [{ id: account.id, alias: account.alias, owners: account.owners }],
    people: { responders: [RINA], approvers: [ALICE, BO] },
    groups,
    policies,
    channels: { triage: 'C0TRIAGE', ops: 'C0OPS' },
  });
  return { ...file, accounts: [account], leftOut: [], hash: 'x' };
}

function plan(risk: Risk, twoPeople = false): Pick<Plan, 'risk' | 'twoPeople' | 'action'> {
  return { risk, twoPeople, action: { id: 'ec2.isolate-instance', version: 1, title: 'Isolate' } };
}

function asked(of: Requirement | { forbiddenBy: string }): Requirement {
  if ('forbiddenBy' in of) throw new Error(`forbidden by ${of.forbiddenBy}`);
  return of;
}

function vote(personId: string, decision: Vote['decision'] = 'approve'): Vote {
  return {
    approvalId: 'REQ-1',
    personId,
    decision,
    reason: 'looks right',
    planHash: 'h',
    via: 'slack',
    at: '2026-01-01T00:00:00.000Z',
  };
}

describe('who must approve', () => {
  it.each([
    ['additive', 1, 1],
    ['reversible', 1, 1],
    ['disruptive', 1, 2],
    ['destructive', 2, 1],
  ] as const)('%s: %i people, %i slots, from the product floor', (risk, people, slots) => {
    const requirement = asked(requirementFor(settings(), account, plan(risk), undefined));
    expect(requirement.people).toBe(people);
    expect(requirement.slots).toHaveLength(slots);
  });

  it('asks two people for an undo that exposes something again', () => {
    expect(asked(requirementFor(settings(), account, plan('reversible', true), undefined)).people).toBe(2);
  });

  it('lets a policy tighten and never loosen', () => {
    const loose = settings([{ name: 'loose', match: {}, approvers: 1 }]);
    expect(asked(requirementFor(loose, account, plan('destructive'), undefined)).people).toBe(2);
    const tight = settings([{ name: 'tight', match: { environment: 'prod' }, approvers: 3, ttlMinutes: 10 }]);
    expect(asked(requirementFor(tight, account, plan('reversible'), undefined))).toMatchObject({
      people: 3,
      ttlMinutes: 10,
    });
  });

  it('narrows who may approve to a group, and an unknown group to nobody', () => {
    const narrowed = settings([{ name: 'sec', match: {}, from: 'sec' }], { sec: [BO, CAROL] });
    expect(asked(requirementFor(narrowed, account, plan('reversible'), undefined)).slots[0]?.from).toEqual([BO]);
    const nobody = settings([{ name: 'sec', match: {}, from: 'gone' }]);
    expect(asked(requirementFor(nobody, account, plan('reversible'), undefined)).slots[0]?.from).toEqual([]);
  });

  it('names the policy that forbids', () => {
    const forbidding = settings([{ name: 'freeze', match: { actions: ['ec2.isolate-instance'] }, forbid: true }]);
    expect(requirementFor(forbidding, account, plan('disruptive'), undefined)).toEqual({ forbiddenBy: 'freeze' });
  });
});

describe('counting votes', () => {
  const disruptive = asked(requirementFor(settings(), account, plan('disruptive'), undefined));

  it('is not satisfied by an approver without the owner, nor by the owner alone', () => {
    expect(tally(disruptive, [vote(ALICE)], RINA).satisfied).toBe(false);
    expect(tally(disruptive, [vote(CAROL)], RINA).satisfied).toBe(false);
    expect(tally(disruptive, [vote(ALICE), vote(CAROL)], RINA).satisfied).toBe(true);
  });

  it('lets an owner who is an approver fill both, unless a policy wants different people', () => {
    const owned: Account = { ...account, owners: [ALICE] };
    expect(
      tally(asked(requirementFor(settings(), owned, plan('disruptive'), undefined)), [vote(ALICE)], RINA).satisfied,
    ).toBe(true);
    const distinct = settings([{ name: 'two heads', match: {}, distinctOwner: true }]);
    const strict = asked(requirementFor(distinct, owned, plan('disruptive'), undefined));
    expect(tally(strict, [vote(ALICE)], RINA).satisfied).toBe(false);
    expect(tally(strict, [vote(ALICE), vote(BO)], RINA).satisfied).toBe(true);
  });

  it('never counts the requester, a stranger, a denial or the same person twice', () => {
    const two = asked(requirementFor(settings(), account, plan('destructive'), undefined));
    expect(tally(two, [vote(ALICE), vote(ALICE)], RINA).satisfied).toBe(false);
    expect(tally(two, [vote(ALICE), vote(BO)], BO).satisfied).toBe(false);
    expect(tally(two, [vote(ALICE), vote('U0OSCAR')], RINA).satisfied).toBe(false);
    expect(tally(two, [vote(ALICE), vote(BO, 'deny')], RINA).satisfied).toBe(false);
    expect(tally(two, [vote(ALICE), vote(BO)], RINA).satisfied).toBe(true);
  });

  it('says beforehand when nobody could fill a slot', () => {
    expect(unfillable(disruptive, RINA)).toBeUndefined();
    expect(unfillable(disruptive, CAROL)).toContain('owner of prod-payments');
    const two = asked(requirementFor(settings(), account, plan('destructive'), undefined));
    expect(unfillable(two, ALICE)).toContain('2 × approver');
  });
});

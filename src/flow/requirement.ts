import type { Account } from '../domain/account.ts';
import { PRODUCT_FLOOR, type Requirement, type Slot, type Vote } from '../domain/approval.ts';
import {
  type Clause,
  clauseOf,
  everybodyIn,
  groupReference,
  isIn,
  isUsergroup,
  type Membership,
  NO_MEMBERSHIP,
  usergroupNames,
} from '../domain/people.ts';
import type { Plan } from '../domain/plan.ts';
import { APPROVAL_RULES, minutesOf, type Playbook } from '../domain/playbook.ts';
import type { ApprovalPolicy, Settings } from '../domain/settings.ts';

interface Ask {
  approvers: number;
  owner: boolean;
  distinctOwner: boolean;
  /** Whoever approves must be in every one of these. */
  from: readonly Clause[];
  fromLabel: string;
  ttlMinutes: number;
  because: string[];
}

/**
 * Who must approve this plan: the product's floor, tightened by each policy of cordon.yaml that matches, tightened by the playbook.
 * Members of Slack user groups are not in it yet: see `filled`.
 */
export function requirementFor(
  settings: Settings,
  account: Account,
  plan: Pick<Plan, 'risk' | 'twoPeople' | 'action'>,
  playbook: Playbook | undefined,
): Requirement | { readonly forbiddenBy: string } {
  const risk = plan.risk === 'read' ? 'additive' : plan.risk;
  const floor = PRODUCT_FLOOR[risk];
  const ask: Ask = {
    approvers: floor.approvers,
    owner: floor.owner,
    distinctOwner: false,
    from: [clauseOf(settings.people.approvers, settings.groups)],
    fromLabel: labelOf('approver', settings.people.approvers, settings),
    ttlMinutes: settings.limits.approvalTtlMinutes,
    because: [`${risk} changes need ${inWords(floor.approvers, floor.owner)}`],
  };
  if (plan.twoPeople && ask.approvers < 2) {
    ask.approvers = 2;
    ask.because.push('an undo that exposes something again needs two people');
  }
  for (const policy of settings.policies.filter((one) => matches(one, account, plan))) {
    if (policy.forbid) return { forbiddenBy: policy.name };
    tighten(ask, policy, settings);
  }
  tightenByPlaybook(ask, playbook, risk);
  return toRequirement(ask, account, settings);
}

/** The label with the names of the Slack user groups that take part. */
function labelOf(label: string, references: readonly string[], { groups }: Settings): string {
  const names = usergroupNames(references, groups);
  return names.length === 0 ? label : `${label} (Slack user group ${names.join(', ')})`;
}

function inWords(approvers: number, owner: boolean): string {
  return `${approvers === 1 ? 'one approver' : `${approvers} approvers`}${owner ? ', the account’s owner among those who approve' : ''}`;
}

function matches(policy: ApprovalPolicy, account: Account, plan: Pick<Plan, 'risk' | 'action'>): boolean {
  const { environment, accounts, risks, actions } = policy.match;
  if (environment !== undefined && environment !== account.environment) return false;
  if (accounts !== undefined && !accounts.includes(account.id)) return false;
  if (risks !== undefined && !risks.includes(plan.risk)) return false;
  return actions === undefined || actions.includes(plan.action.id);
}

function tighten(ask: Ask, policy: ApprovalPolicy, settings: Settings): void {
  if (policy.approvers !== undefined && policy.approvers > ask.approvers) ask.approvers = policy.approvers;
  if (policy.owner) ask.owner = true;
  if (policy.distinctOwner) ask.distinctOwner = true;
  if (policy.from !== undefined) {
    // A group narrows who may approve; two policies that name groups leave only those who are in both.
    ask.from = [...ask.from, clauseOf([groupReference(policy.from)], settings.groups)];
    ask.fromLabel = `approver in ${policy.from}${isUsergroup(settings.groups, policy.from) ? ', a Slack user group' : ''}`;
  }
  if (policy.ttlMinutes !== undefined && policy.ttlMinutes < ask.ttlMinutes) ask.ttlMinutes = policy.ttlMinutes;
  ask.because.push(`policy “${policy.name}”`);
}

function tightenByPlaybook(ask: Ask, playbook: Playbook | undefined, risk: Exclude<Plan['risk'], 'read'>): void {
  const expires = playbook?.approval.expires;
  if (expires !== undefined && minutesOf(expires) < ask.ttlMinutes) ask.ttlMinutes = minutesOf(expires);
  const wanted = playbook?.approval.byRisk[risk];
  if (wanted === undefined) return;
  const { approvers, owner } = APPROVAL_RULES[wanted];
  if (approvers <= ask.approvers && (ask.owner || !owner)) return;
  ask.approvers = Math.max(ask.approvers, approvers);
  ask.owner = ask.owner || owner;
  ask.because.push(`the playbook ${playbook?.id ?? ''} asks for ${wanted}`);
}

function toRequirement(ask: Ask, account: Account, settings: Settings): Requirement {
  const slots: Slot[] = [slotOf(ask.fromLabel, ask.approvers, ask.from)];
  if (ask.owner) {
    const label = labelOf(`owner of ${account.alias}`, account.owners, settings);
    slots.push(slotOf(label, 1, [clauseOf(account.owners, settings.groups)]));
  }
  const people = ask.owner && ask.distinctOwner ? ask.approvers + 1 : ask.approvers;
  return { people, slots, ttlMinutes: ask.ttlMinutes, because: ask.because.join('; ') };
}

function slotOf(label: string, n: number, rule: readonly Clause[]): Slot {
  const slot = { label, n, from: whoIsIn(rule, NO_MEMBERSHIP) };
  return rule.some(({ usergroups }) => usergroups.length > 0) ? { ...slot, rule } : slot;
}

/** Those who are in every clause, in the order of the first. */
function whoIsIn([first, ...others]: readonly Clause[], membership: Membership): readonly string[] {
  if (first === undefined) return [];
  return everybodyIn(first, membership).filter((person) => others.every((clause) => isIn(clause, person, membership)));
}

/** The Slack user groups on which the requirement hangs. */
export function usergroupsOf(requirement: Requirement): readonly string[] {
  const ids = requirement.slots.flatMap(({ rule = [] }) => rule.flatMap(({ usergroups }) => usergroups));
  return [...new Set(ids)];
}

/** The requirement with those who may fill it by this membership. Slots in which no user group takes part stay as they are. */
export function filled(requirement: Requirement, membership: Membership): Requirement {
  const slots = requirement.slots.map((slot) =>
    slot.rule === undefined ? slot : { ...slot, from: whoIsIn(slot.rule, membership) },
  );
  return { ...requirement, slots };
}

export interface Tally {
  readonly satisfied: boolean;
  readonly slots: readonly { readonly label: string; readonly have: number; readonly need: number }[];
  readonly people: { readonly have: number; readonly need: number };
}

/** Counts distinct people; a vote of the requester, or of one who is in no slot, counts nowhere. */
export function tally(requirement: Requirement, votes: readonly Vote[], requestedBy: string): Tally {
  const voters = new Set(
    votes.filter((vote) => vote.decision === 'approve' && vote.personId !== requestedBy).map((vote) => vote.personId),
  );
  const slots = requirement.slots.map((slot) => ({
    label: slot.label,
    need: slot.n,
    have: [...voters].filter((person) => slot.from.includes(person)).length,
  }));
  const entitled = [...voters].filter((person) => mayFill(requirement, person)).length;
  const satisfied = entitled >= requirement.people && slots.every((slot) => slot.have >= slot.need);
  return { satisfied, slots, people: { have: entitled, need: requirement.people } };
}

/** True when the person may fill at least one slot. */
export function mayFill(requirement: Requirement, personId: string): boolean {
  return requirement.slots.some((slot) => slot.from.includes(personId));
}

/** The first slot that can never be filled without the requester, in words; undefined when there is none. */
export function unfillable(requirement: Requirement, requestedBy: string): string | undefined {
  for (const slot of requirement.slots) {
    const others = slot.from.filter((person) => person !== requestedBy).length;
    if (others < slot.n)
      return `${slot.n} × ${slot.label} needed, and ${others} other ${others === 1 ? 'person' : 'people'} could give it`;
  }
  const everybody = new Set(requirement.slots.flatMap((slot) => slot.from).filter((person) => person !== requestedBy));
  return everybody.size < requirement.people
    ? `${requirement.people} different people needed, and ${everybody.size} could`
    : undefined;
}

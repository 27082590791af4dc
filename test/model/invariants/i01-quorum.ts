import type { Plan } from '../../../src/domain/plan.ts';
import type { Entry, Standing, WorldRecord } from '../world/record.ts';
import { claimOf, type Invariant, inForce, requestOf } from './invariant.ts';

/** Judged by who pressed what and by what stood in cordon.yaml, with rules of its own: nothing of src/flow is asked. */
export default {
  id: 'I1',
  promise:
    'each mutating call belongs to one run whose quorum was valid, distinct, not expired and not the requester’s own when it was claimed',
  check(record) {
    const runs = new Set(record.sends.map(({ runId }) => runId));
    return [...runs].flatMap((runId) => {
      const claim = claimOf(record, runId);
      const request = requestOf(record, runId);
      if (!claim || !request) return [`${runId} sent a call and was never claimed`];
      const early = record.sends.filter((send) => send.runId === runId && send.seen < claim.seq);
      if (early.length > 0) return [`${runId} sent ${early.length} calls before it was claimed`];
      const why = whyNoQuorum(record, claim, request);
      return why === undefined ? [] : [`${runId} was claimed without a quorum: ${why}`];
    });
  },
} satisfies Invariant as Invariant;

function whyNoQuorum(record: WorldRecord, claim: Entry, request: Entry): string | undefined {
  if (claim.at >= Number(request.detail['expiresAt'])) return 'the request had expired';
  const plan = record.plans.get(String(request.detail['hash']));
  if (!plan) return 'nobody knows its plan';
  const votes = record.entries.filter((one) => one.entity === 'vote' && one.id === request.id && one.seq < claim.seq);
  if (votes.some(({ is }) => is === 'deny')) return 'somebody had denied it';
  const voters = votes
    .filter(({ is, detail }) => is === 'approve' && detail['hash'] === request.detail['hash'])
    .map(({ detail }) => String(detail['person']));
  const unpressed = voters.find((person) => !hasPressed(record, request, person));
  if (unpressed !== undefined) return `${unpressed} never pressed`;
  const others = voters.filter((person) => person !== request.detail['by']);
  const reasons = inForce(record, claim).map((standing) => whyNotEnough(standing, plan, [...new Set(others)]));
  return reasons.includes(undefined) ? undefined : reasons[0];
}

function hasPressed(record: WorldRecord, request: Entry, person: string): boolean {
  return record.presses.some(
    (press) =>
      press.approvalId === request.id &&
      press.person === person &&
      press.decision === 'approve' &&
      press.planHash === request.detail['hash'] &&
      press.told !== 'refused',
  );
}

function whyNotEnough(standing: Standing, plan: Plan, voters: readonly string[]): string | undefined {
  const { settings, members } = standing;
  const account = settings.accounts.find(({ id }) => id === plan.accountId);
  if (!account?.act) return 'the account may not be acted in';
  const approvers = named(standing, settings.people.approvers);
  const owners = named(standing, account.owners);
  const full = voters.filter((person) => members.includes(person));
  const entitled = full.filter(
    (person) => approvers.includes(person) || (plan.risk === 'disruptive' && owners.includes(person)),
  );
  const wanted = Math.max(
    plan.risk === 'destructive' || plan.twoPeople ? 2 : 1,
    ...settings.policies
      .filter(({ match }) => match.environment === account.environment)
      .map(({ approvers: n }) => n ?? 1),
  );
  const have = full.filter((person) => approvers.includes(person)).length;
  if (have < wanted) return `${have} of ${wanted} approvers (${voters.join(', ')})`;
  if (entitled.length < wanted) return `${entitled.length} of ${wanted} people`;
  if (plan.risk === 'disruptive' && !full.some((person) => owners.includes(person))) return 'no owner among them';
  return undefined;
}

function named({ settings, usergroups }: Standing, references: readonly string[]): readonly string[] {
  return references.flatMap((reference) => {
    if (!reference.startsWith('group:')) return [reference];
    const group = settings.groups[reference.slice('group:'.length)];
    if (group === undefined) return [];
    return 'usergroup' in group ? (usergroups.get(group.usergroup) ?? []) : group;
  });
}

import type { UsersInfoResponse } from '@slack/web-api';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/domain/approval.ts';
import type { Actor } from '../../../src/domain/audit.ts';
import type { Risk } from '../../../src/domain/plan.ts';
import { vote } from '../../../src/flow/approve.ts';
import { resume, stop } from '../../../src/flow/kill-switch.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import { propose, requestRollback } from '../../../src/flow/propose.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { requestApproval } from '../../../src/flow/request-approval.ts';
import { flowApi } from '../../../src/flow-binding.ts';
import type { SlackDeps } from '../../../src/slack/deps.ts';
import { slackDirectory } from '../../../src/slack/directory.ts';
import { admit } from '../../../src/slack/gate.ts';
import { readInbound } from '../../../src/slack/inbound.ts';
import { approvalPending, deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import { flowWorld, guardDutyEvent, RINA, tagAction, testSettings, type World } from '../../support/flow-world.ts';
import { memoryStore } from '../../support/memory-store.ts';

const SEC = 'S0SECURITY';
const TEAM = 'T0ACME';
type User = NonNullable<UsersInfoResponse['user']>;

/** What each may do: `yes`, or the rule that refuses. The one oracle of this file, read from the decisions and not from the code. */
interface May {
  readonly additive: string;
  readonly reversible: string;
  readonly disruptive: string;
  readonly destructive: string;
  readonly undo: string;
  readonly stop: string;
  readonly resume: string;
}
const all = (code: string): May => ({
  additive: code,
  reversible: code,
  disruptive: code,
  destructive: code,
  undo: code,
  stop: code,
  resume: code,
});
/** May vote wherever approvers may, and may stop. */
const APPROVER: May = { ...all('yes'), resume: 'not_an_operator' };
/** Fills the owner's slot of a disruptive change and no other. */
const OWNER: May = { ...all('not_entitled'), disruptive: 'yes', stop: 'yes', resume: 'not_an_operator' };

interface Identity {
  readonly who: string;
  readonly id: string;
  /** What Slack says of them, beside being a member. */
  readonly slack?: Partial<User>;
  readonly may: May;
}

const IDENTITIES: readonly Identity[] = [
  {
    who: 'the requester, who is an approver and an operator too',
    id: RINA.id,
    may: { ...all('own_request'), stop: 'yes', resume: 'yes' },
  },
  { who: 'a responder', id: 'U0SAM', may: { ...all('not_entitled'), stop: 'yes', resume: 'not_an_operator' } },
  { who: 'an approver by id', id: 'U0ALICE', may: APPROVER },
  { who: 'an approver by a list of cordon.yaml', id: 'U0BO', may: APPROVER },
  { who: 'an approver by a Slack user group', id: 'U0CAROL', may: APPROVER },
  { who: 'the account’s owner by id', id: 'U0DAVE', may: OWNER },
  { who: 'the account’s owner by a list', id: 'U0ERIN', may: OWNER },
  { who: 'an operator', id: 'U0FAY', may: { ...all('not_entitled'), stop: 'yes', resume: 'yes' } },
  {
    who: 'somebody in a group that has no role',
    id: 'U0GUS',
    may: { ...all('not_entitled'), stop: 'no_role', resume: 'not_an_operator' },
  },
  { who: 'a member of the channel only', id: 'U0OSCAR', may: all('no_role') },
  { who: 'a guest in the user group', id: 'U0HAL', slack: { is_restricted: true }, may: all('person_guest') },
  {
    who: 'an approver whose account is deactivated',
    id: 'U0IDA',
    slack: { deleted: true },
    may: all('person_deactivated'),
  },
  {
    who: 'a member of another team in the user group',
    id: 'U0JO',
    slack: { team_id: 'T0OTHER' },
    may: all('person_other_organisation'),
  },
  { who: 'a bot among the approvers', id: 'U0KIT', slack: { is_bot: true }, may: all('person_bot') },
];

/** The classes of changes that write. */
const CLASSES = ['additive', 'reversible', 'disruptive', 'destructive'] as const satisfies readonly Risk[];

let world: World;
let slack: SlackDeps;
/** Which of Slack's answers do not come. */
let down: 'nothing' | 'users.info' | 'usergroups.list' = 'nothing';
let minutes = 0;

/** Slack's answers, the real directory, gate and flow, on the real store. */
beforeAll(async () => {
  world = flowWorld(await memoryStore());
  world.settings = testSettings((file) => {
    file.groups = {
      seniors: ['U0BO'],
      owners: ['U0ERIN'],
      guests: ['U0GUS'],
      sec: { usergroup: SEC, acceptEditableInSlack: true },
    };
    file.people = {
      responders: [RINA.id, 'U0SAM'],
      approvers: [RINA.id, 'U0ALICE', 'group:seniors', 'group:sec', 'U0IDA', 'U0KIT'],
      operators: [RINA.id, 'U0FAY'],
    };
    for (const account of file.accounts) account.owners = ['U0DAVE', 'group:owners'];
  });
  world.people = slackDirectory({
    settings: world.deps.settings,
    client: {
      users: {
        info: async ({ user }) => {
          if (down === 'users.info') throw new Error('HTTP 503');
          const known = IDENTITIES.find(({ id }) => id === user);
          return { ok: true, user: { id: user, team_id: TEAM, real_name: user, ...known?.slack } };
        },
      },
      usergroups: {
        list: async () => {
          if (down === 'usergroups.list') throw new Error('HTTP 503');
          return { ok: true, usergroups: [{ id: SEC, date_delete: 0, users: ['U0CAROL', 'U0HAL', 'U0JO'] }] };
        },
      },
    },
    now: () => minutes * 60_000,
  });
  slack = { ...world.deps, api: flowApi(() => world.deps), presses: { take: async () => ({ ok: true }) } };
  await deliver(world.deps, guardDutyEvent());
}, 60_000);

let presses = 0;

/** What the gate says to a command of theirs; undefined lets them on. The payload claims the team of this deployment, as a forged one would. */
async function refusedAtTheGate(id: string, text: string): Promise<string | undefined> {
  presses += 1;
  const inbound = readInbound({
    command: '/cordon',
    text,
    team_id: TEAM,
    user_id: id,
    channel_id: 'C0TRIAGE',
    trigger_id: String(presses),
    is_enterprise_install: 'false',
  });
  if (inbound === undefined) throw new Error('the command was not read');
  const verdict = await admit(slack, inbound);
  return verdict.kind === 'refused' ? verdict.refusal.code : undefined;
}

async function codeOf(id: string, text: string, decide: (actor: Actor) => Promise<Outcome<unknown>>): Promise<string> {
  const atTheGate = await refusedAtTheGate(id, text);
  const actor: Actor = { kind: 'slack', id };
  const outcome = await decide(actor);
  // Whoever the gate keeps out may not get a vote through the flow either, should they find another door.
  if (atTheGate !== undefined) {
    if (outcome.ok && text === 'approvals') throw new Error(`the vote of ${id} is stopped by the gate alone`);
    return atTheGate;
  }
  return outcome.ok ? 'yes' : outcome.refusal.code;
}

function ballot(actor: Actor, approval: Approval) {
  return vote(world.deps, actor, {
    approvalId: approval.id,
    planHash: approval.planHash,
    decision: 'approve',
    reason: 'looked at it',
  });
}

async function requested(risk: Risk): Promise<Approval> {
  world.cloud.tags.clear();
  world.action = tagAction(1, { risk });
  return approvalPending(world.deps, await onlyIncident(world.deps));
}

/** An undo that exposes something again, asked for by Rina. */
async function undoRequested(): Promise<Approval> {
  world.cloud.tags.clear();
  world.action = tagAction(1, { undoReexposes: true });
  const forward = await approvalPending(world.deps, await onlyIncident(world.deps));
  unwrap(await ballot({ kind: 'slack', id: 'U0ALICE' }, forward));
  await remediate(world.deps, forward.runId);
  const run = unwrap(await requestRollback(world.deps, RINA, { runId: forward.runId, viewId: null }));
  await propose(world.deps, run.id);
  const planned = await world.deps.store.read.runs.get(run.id);
  const input = { runId: run.id, planHash: planned?.planHash ?? '', reason: 'it was the wrong instance' };
  return unwrap(await requestApproval(world.deps, RINA, input));
}

/** What each identity's approval of the request comes to; a request that somebody has decided is followed by another one like it. */
async function votesOn(make: () => Promise<Approval>): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  let approval = await make();
  for (const { who, id } of IDENTITIES) {
    if ((await world.deps.store.read.approvals.get(approval.id))?.state !== 'pending') approval = await make();
    found[who] = await codeOf(id, 'approvals', (actor) => ballot(actor, approval));
  }
  return found;
}

/** As long after the last look-up as it takes for no answer of Slack's to be remembered. */
async function without(answer: typeof down, work: () => Promise<void>): Promise<void> {
  down = answer;
  minutes += 10;
  try {
    await work();
  } finally {
    down = 'nothing';
    minutes += 10;
  }
}

const expected = (of: keyof May) => Object.fromEntries(IDENTITIES.map(({ who, may }) => [who, may[of]]));

describe('fourteen identities, gate and decision', () => {
  it.each([...CLASSES, 'undo'] as const)('vote on a change: %s', { timeout: 60_000 }, async (kind) => {
    const found = await votesOn(() => (kind === 'undo' ? undoRequested() : requested(kind)));
    process.stdout.write(`${kind}: ${IDENTITIES.length} identities, as the table says\n`);
    expect(found).toEqual(expected(kind));
  });

  it.each(CLASSES)('nobody decides on a change while users.info answers 503: %s', async (kind) => {
    const approval = await requested(kind);
    await without('users.info', async () => {
      const found = await votesOn(async () => approval);
      expect(found).toEqual(Object.fromEntries(IDENTITIES.map(({ who }) => [who, 'person_not_confirmed'])));
    });
    expect(await world.deps.store.read.votes.ofApproval(approval.id)).toEqual([]);
  });

  it.each(CLASSES)('nobody approves a change while usergroups.list answers 503: %s', async (kind) => {
    const approval = await requested(kind);
    await without('usergroups.list', async () => {
      const found = await votesOn(async () => approval);
      const unknown = ({ may }: Identity) => (/^(own|person)_/.test(may[kind]) ? may[kind] : 'groups_not_confirmed');
      expect(found).toEqual(Object.fromEntries(IDENTITIES.map((one) => [one.who, unknown(one)])));
    });
    expect(await world.deps.store.read.votes.ofApproval(approval.id)).toEqual([]);
  });

  it('stop', async () => {
    const found: Record<string, string> = {};
    for (const { who, id } of IDENTITIES)
      found[who] = await codeOf(id, 'stop now', (actor) => stop(world.deps, actor, 'now'));
    expect(found).toEqual(expected('stop'));
  });

  it('resume', async () => {
    const found: Record<string, string> = {};
    for (const { who, id } of IDENTITIES) {
      unwrap(await stop(world.deps, { kind: 'cli', id: 'root' }, 'again'));
      found[who] = await codeOf(id, 'resume', (actor) => resume(world.deps, actor));
    }
    expect(found).toEqual(expected('resume'));
  });
});

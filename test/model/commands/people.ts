import fc from 'fast-check';
import { acknowledge, resolve } from '../../../src/flow/close.ts';
import { resume, stop } from '../../../src/flow/kill-switch.ts';
import { requestPlan, requestRollback } from '../../../src/flow/propose.ts';
import { requestApproval } from '../../../src/flow/request-approval.ts';
import { bodyOf } from '../world/findings.ts';
import type { Order } from '../world/process.ts';
import { commandOf, interact, pressOf, submission } from '../world/slack.ts';
import { now } from '../world/time.ts';
import type { KnownApproval, KnownRun, Memory, World } from '../world/world.ts';
import { kind } from './command.ts';
import * as draw from './draws.ts';
import { throughTriage } from './findings.ts';

/** Reasons and names are shown too, and anybody may write them. */
const REASON = 'it talks to <https://evil.example|a known bad domain> <!channel> *Approved*';
const STEPS = ['mark', 'tokens', 'stop', 'evidence'];
const FINAL = ['refused', 'verified', 'unverified', 'failed', 'needs-human', 'stale', 'cancelled'];
const BEGUN = ['approved', 'executing', 'verifying'];
const UNDOABLE = ['verified', 'unverified', 'failed', 'needs-human'];
const slack = (id: string) => ({ kind: 'slack', id }) as const;

/** A responder asks for a plan of a step on one of an incident's findings. */
async function askForPlan(
  world: World,
  memory: Memory,
  who: string,
  pick: number,
  step: number,
  order?: Order,
): Promise<void> {
  const findings = [...world.findings].filter(([, incident]) => incident !== null);
  const [findingKey, incidentId] = findings[pick % Math.max(1, findings.length)] ?? [];
  if (findingKey === undefined || incidentId === undefined || incidentId === null) return;
  const stepId = STEPS[step % STEPS.length] ?? 'mark';
  const input = { incidentId, stepId, findingKey, viewId: 'V0#h0' };
  await memory.process.run(async () => void (await requestPlan(memory.deps, slack(who), input)), order);
}

/** Takes up the job of that subject, if the queue has it. */
async function jobOf(
  world: World,
  memory: Memory,
  queue: 'propose' | 'remediate',
  id: string,
  order?: Order,
): Promise<boolean> {
  await world.relay(memory);
  const job = world.queue.of(queue).find((one) => one.id === id);
  if (job === undefined) return false;
  await world.doJob(memory, job, order);
  return true;
}

export const plan = kind<{ process: number; who: string; pick: number; step: number; follow: boolean }>({
  name: 'plan',
  weight: 7,
  args: fc.record({
    process: draw.process,
    who: draw.responder,
    pick: draw.pick,
    step: fc.nat({ max: 3 }),
    follow: fc.constantFrom(true, true, true, false),
  }),
  async run(world, { process, who, pick, step, follow }) {
    const memory = world.ready(process);
    if (!memory) return;
    await askForPlan(world, memory, who, pick, step);
    await world.collect();
    const run = [...world.runs.values()].filter((one) => one.state === 'planning').at(-1);
    if (follow && run) await jobOf(world, memory, 'propose', run.id);
  },
});

async function ask(memory: Memory, who: string, run: KnownRun, order?: Order): Promise<void> {
  const input = { runId: run.id, planHash: run.hash ?? '', reason: REASON };
  await memory.process.run(async () => void (await requestApproval(memory.deps, slack(who), input)), order);
}

export const askApproval = kind<{ process: number; who: string; pick: number; order: Order | null }>({
  name: 'ask-approval',
  weight: 4,
  args: fc.record({ process: draw.process, who: draw.responder, pick: draw.pick, order: draw.order }),
  async run(world, { process, who, pick, order }) {
    const memory = world.ready(process);
    const planned = [...world.runs.values()].filter(({ state }) => state === 'planned');
    const run = planned[pick % Math.max(1, planned.length)];
    if (memory && run) await ask(memory, who, run, order ?? undefined);
  },
});

/** Somebody decides, through the gate: the window's submission as Slack sends it. */
async function decide(
  world: World,
  memory: Memory,
  who: string,
  approval: KnownApproval,
  decision: 'approve' | 'deny',
  options: { readonly order?: Order | undefined; readonly hash?: string; readonly team?: string } = {},
): Promise<string> {
  const told: string[] = [];
  const at = now();
  const number = world.slack.nextNumber();
  const from = options.team === undefined ? { user: who, number } : { user: who, number, team: options.team };
  const planHash = options.hash ?? approval.hash;
  const ids = { approvalId: approval.id, planHash };
  const body = submission(from, decision === 'deny' ? 'cordon.deny' : 'cordon.review', ids, {
    decision,
    reason: REASON,
  });
  await memory.process.run(() => interact(memory.process, memory.slackDeps, memory.calls, body, told), options.order);
  const text = told.join(' ');
  if (options.team === undefined)
    world.record.presses.push({
      at,
      until: now(),
      person: who,
      approvalId: approval.id,
      planHash,
      decision,
      told: /is counted|is approved|is denied/.test(text) ? 'taken' : /Rule /.test(text) ? 'refused' : 'unclear',
      text,
    });
  return text;
}

export const vote = kind<{
  process: number;
  who: string;
  pick: number;
  decision: 'approve' | 'deny';
  order: Order | null;
  otherPlan: boolean;
}>({
  name: 'vote',
  weight: 9,
  args: fc.record({
    process: draw.process,
    who: draw.decider,
    pick: draw.pick,
    decision: fc.constantFrom('approve', 'approve', 'approve', 'approve', 'deny'),
    order: draw.order,
    otherPlan: fc.constantFrom(false, false, false, false, false, true),
  }),
  async run(world, { process, who, pick, decision, order, otherPlan }) {
    const memory = world.ready(process);
    const all = [...world.approvals.values()];
    const open = all.filter(({ state }) => state === 'pending' || state === 'approved');
    const list = open.length > 0 ? open : all;
    const approval = list[pick % Math.max(1, list.length)];
    if (!memory || !approval) return;
    const other = otherPlan ? 'f'.repeat(64) : approval.hash;
    await decide(world, memory, who, approval, decision, { order: order ?? undefined, hash: other });
  },
});

const FIRST = { kind: 'threat', which: 0, hoursAgo: 1, settled: false, severity: 8, title: 1 } as const;
const WILLING = ['U0ALICE', 'U0DAVE', 'U0BO', 'U0CAROL', 'U0ERIN', 'U0RINA'];

/** Whatever comes next in the life of a run: this is how worlds get far. */
export const carryOn = kind<{ process: number; pick: number; step: number; order: Order | null }>({
  name: 'carry-on',
  weight: 44,
  args: fc.record({ process: draw.process, pick: draw.pick, step: fc.nat({ max: 3 }), order: draw.order }),
  async run(world, { process, pick, step, order: given }) {
    const memory = world.ready(process);
    if (!memory) return;
    const order = given ?? undefined;
    const live = [...world.runs.values()].filter(({ state }) => !FINAL.includes(state));
    const run = live[pick % Math.max(1, live.length)];
    if (run === undefined) {
      if (world.findings.size === 0) {
        world.send(bodyOf({ ...FIRST, instance: pick % 4 }));
        return throughTriage(world, process);
      }
      return askForPlan(world, memory, 'U0SAM', pick, step, order);
    }
    await nextOf(world, memory, run, order);
  },
});

async function nextOf(world: World, memory: Memory, run: KnownRun, order: Order | undefined): Promise<void> {
  const approval = [...world.approvals.values()].find((one) => one.run === run.id);
  switch (run.state) {
    case 'planning':
      if (!(await jobOf(world, memory, 'propose', run.id, order))) await world.sweep(memory, order);
      return;
    case 'planned': {
      if (approval === undefined) return ask(memory, 'U0SAM', run, order);
      const who = WILLING.find((one) => !approval.voters.includes(one) && one !== approval.by);
      if (who !== undefined) await decide(world, memory, who, approval, 'approve', { order });
      return;
    }
    default:
      if (!(await jobOf(world, memory, 'remediate', run.id, order))) {
        await world.pass(11_000);
        await world.sweep(memory, order);
      }
  }
}

/**
 * A worker dies or is stopped somewhere in a run that is approved; time passes; another takes what it finds; whoever was stopped goes on. What the promises are made for, so
 * it is drawn often.
 */
export const overtake = kind<{
  process: number;
  pick: number;
  order: Order | null;
  /** What happens to the one that overtakes. */
  second: Order | null;
  seconds: number;
  first: boolean;
  /** Whether the other takes the same run, or only what else there is. */
  same: boolean;
  /** Seconds until whoever was stopped goes on. */
  later: number;
}>({
  name: 'overtake',
  weight: 14,
  args: fc.record({
    process: draw.process,
    pick: draw.pick,
    order: draw.inARun,
    second: fc.oneof(fc.constant(null), draw.inARun),
    seconds: fc.constantFrom(0, 3, 7, 7, 7, 12, 100),
    first: fc.constantFrom(true, false, false),
    same: fc.constantFrom(true, true, false),
    later: fc.constantFrom(0, 0, 7),
  }),
  async run(world, { process, pick, order, second, seconds, first, same, later }) {
    const [memory, other] = [world.ready(process), world.ready(process + 1)];
    if (!memory || !other) return;
    const waiting = [...world.runs.values()].filter(({ state }) => BEGUN.includes(state));
    const run = waiting[pick % Math.max(1, waiting.length)];
    if (run === undefined) return carryFurther(world, memory, pick);
    await jobOf(world, memory, 'remediate', run.id, order ?? undefined);
    await world.collect();
    await world.pass(seconds * 1000);
    if (first && memory.process.suspended) await memory.process.resume();
    await world.sweep(other);
    await world.collect();
    for (const one of [...world.runs.values()].filter(({ state }) => BEGUN.includes(state)))
      if (world.isReady(other) && (same || one.id !== run.id))
        await jobOf(world, other, 'remediate', one.id, second ?? undefined);
    await world.pass(later * 1000);
    if (memory.process.suspended) await memory.process.resume();
    if (other.process.suspended) await other.process.resume();
  },
});

/** Brings a run that waits for people to where a worker can take it. */
async function carryFurther(world: World, memory: Memory, pick: number): Promise<void> {
  const live = [...world.runs.values()].filter(({ state }) => !FINAL.includes(state));
  const run = live[pick % Math.max(1, live.length)];
  if (run) await nextOf(world, memory, run, undefined);
}

/** Time passes to just before a request's end, or just after it, and somebody decides. */
export const atTheEdge = kind<{ process: number; pick: number; who: string; seconds: number; skew: number }>({
  name: 'at-the-edge',
  weight: 4,
  args: fc.record({
    process: draw.process,
    pick: draw.pick,
    who: draw.decider,
    seconds: fc.constantFrom(-20, -1, 0, 1, 20),
    skew: fc.constantFrom(0, -50, -50, -600, 50),
  }),
  async run(world, { process, pick, who, seconds, skew }) {
    const memory = world.ready(process);
    const open = [...world.approvals.values()].filter(({ state }) => state === 'pending' || state === 'approved');
    const approval = open[pick % Math.max(1, open.length)];
    if (!memory || !approval) return;
    const left = approval.expiresAt - now() + seconds * 1000;
    if (left > 0) await world.pass(left);
    const before = memory.process.place.skewMs;
    memory.process.place.skewMs = skew * 1000;
    if (approval.state === 'pending') await decide(world, memory, who, approval, 'approve');
    await jobOf(world, memory, 'remediate', approval.run);
    memory.process.place.skewMs = before;
  },
});

export const rollBack = kind<{ process: number; who: string; pick: number; order: Order | null }>({
  name: 'roll-back',
  weight: 5,
  args: fc.record({ process: draw.process, who: draw.responder, pick: draw.pick, order: draw.order }),
  async run(world, { process, who, pick, order }) {
    const memory = world.ready(process);
    const ended = [...world.runs.values()].filter(({ state }) => UNDOABLE.includes(state));
    const run = ended[pick % Math.max(1, ended.length)];
    if (!memory || !run) return;
    await memory.process.run(
      async () => void (await requestRollback(memory.deps, slack(who), { runId: run.id, viewId: null })),
      order ?? undefined,
    );
  },
});

export const close = kind<{
  process: number;
  who: string;
  pick: number;
  how: 'acknowledge' | 'fixed' | 'false-positive';
  order: Order | null;
}>({
  name: 'close',
  weight: 2,
  args: fc.record({
    process: draw.process,
    who: draw.responder,
    pick: draw.pick,
    how: fc.constantFrom('acknowledge', 'acknowledge', 'fixed', 'false-positive'),
    order: draw.order,
  }),
  async run(world, { process, who, pick, how, order }) {
    const memory = world.ready(process);
    const list = [...world.incidents.values()];
    const incident = list[pick % Math.max(1, list.length)];
    if (!memory || !incident) return;
    const input = { incidentId: incident.id };
    await memory.process.run(
      async () =>
        void (how === 'acknowledge'
          ? await acknowledge(memory.deps, slack(who), input)
          : await resolve(memory.deps, slack(who), { ...input, resolution: how, note: 'seen to' })),
      order ?? undefined,
    );
  },
});

export const stopAll = kind<{ process: number; who: string; order: Order | null }>({
  name: 'stop',
  weight: 1,
  args: fc.record({ process: draw.process, who: draw.person, order: draw.order }),
  async run(world, { process, who, order }) {
    const memory = world.ready(process);
    if (!memory) return;
    await memory.process.run(async () => void (await stop(memory.deps, slack(who), 'stop')), order ?? undefined);
  },
});

/** One or two people vote to go on. */
export const resumeAll = kind<{ process: number; who: readonly string[] }>({
  name: 'resume',
  weight: 3,
  args: fc.record({
    process: draw.process,
    who: fc.oneof(
      { weight: 3, arbitrary: fc.constant(['U0RINA', 'U0FAY']) },
      { weight: 1, arbitrary: fc.tuple(draw.person, draw.person).map((two) => [...two]) },
    ),
  }),
  async run(world, { process, who }) {
    for (const one of who) {
      const memory = world.ready(process);
      if (memory) await memory.process.run(async () => void (await resume(memory.deps, slack(one))));
    }
  },
});

/** Presses a button of a message that stands in Slack. */
export const pressButton = kind<{ process: number; who: string; pick: number; which: number; order: Order | null }>({
  name: 'press-button',
  weight: 3,
  args: fc.record({
    process: draw.process,
    who: draw.person,
    pick: draw.pick,
    which: draw.pick,
    order: draw.order,
  }),
  async run(world, { process, who, pick, which, order }) {
    const memory = world.ready(process);
    const standing = [...world.slack.messages.values()];
    const buttons = buttonsOf(
      standing[standing.length - 1 - (pick % Math.max(1, standing.length))]?.message.blocks ?? [],
    );
    const button = buttons[which % Math.max(1, buttons.length)];
    if (!memory || !button) return;
    const body = pressOf({ user: who, number: world.slack.nextNumber() }, button.actionId, button.value);
    world.note(`button ${button.actionId}`);
    await memory.process.run(
      () => interact(memory.process, memory.slackDeps, memory.calls, body, []),
      order ?? undefined,
    );
  },
});

/** The buttons and choices of blocks, with what each carries. */
export function buttonsOf(
  blocks: readonly unknown[],
): readonly { readonly actionId: string; readonly value: string }[] {
  const found: { actionId: string; value: string }[] = [];
  const look = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) look(one);
    else if (typeof value === 'object' && value !== null) {
      const { action_id: actionId, value: carried, options } = value as Record<string, unknown>;
      if (typeof actionId === 'string' && typeof carried === 'string') found.push({ actionId, value: carried });
      if (typeof actionId === 'string' && Array.isArray(options))
        for (const option of options as { value?: string }[]) found.push({ actionId, value: option.value ?? '' });
      for (const one of Object.values(value)) look(one);
    }
  };
  look(blocks);
  return found;
}

/** Somebody of another Slack organisation tries what others may. */
export const foreigner = kind<{ process: number; who: string; pick: number; how: 'vote' | 'command' | 'button' }>({
  name: 'foreigner',
  weight: 2,
  args: fc.record({
    process: draw.process,
    who: draw.decider,
    pick: draw.pick,
    how: fc.constantFrom('vote', 'vote', 'command', 'button'),
  }),
  async run(world, { process, who, pick, how }) {
    const memory = world.ready(process);
    if (!memory) return;
    const before = await world.db.head();
    const told: string[] = [];
    const from = { user: who, team: 'T0OTHER', number: world.slack.nextNumber() };
    const approvals = [...world.approvals.values()];
    const approval = approvals[pick % Math.max(1, approvals.length)];
    const isVote = how === 'vote' && approval !== undefined;
    if (isVote) told.push(await decide(world, memory, who, approval, 'approve', { team: 'T0OTHER' }));
    const [incident] = world.incidents.keys();
    const body =
      how !== 'button' ? commandOf(from, 'list') : pressOf(from, 'cordon.acknowledge', `${incident ?? 'INC-1'}:1`);
    const posts = world.record.posts.length;
    if (!isVote) await memory.process.run(() => interact(memory.process, memory.slackDeps, memory.calls, body, told));
    told.push(...world.record.posts.slice(posts).map((post) => `${post.text} ${JSON.stringify(post.blocks)}`));
    world.record.foreign.push({ at: now(), before, after: await world.db.head(), told: told.join(' ') });
  },
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Message, messageProblems } from '../../../src/slack/block-limits.ts';
import { type ApprovalView, approvalCard } from '../../../src/slack/cards/approval.ts';
import { type IncidentView, incidentCard } from '../../../src/slack/cards/incident.ts';
import { pleaseDecide, replyMessage, requestEnded } from '../../../src/slack/cards/notice.ts';
import { internalError, refusalMessage } from '../../../src/slack/cards/refusal.ts';
import { type RunView, runCard } from '../../../src/slack/cards/run.ts';
import {
  ALICE,
  account,
  approval,
  BO,
  entry,
  finding,
  incident,
  plan,
  rollbackPlan,
  run,
  step,
  vote,
} from './support/fixtures.ts';
import { HOSTILE } from './support/hostile.ts';
import { readable } from './support/readable.ts';

const NAMES = new Map([
  ['U0RINA00001', 'Rina Okafor'],
  [ALICE, 'Alice Meyer'],
]);
const T = '2026-11-22T12:05:00.000Z';

function card(over: Partial<IncidentView> = {}): Message {
  return incidentCard({
    incident: incident(),
    account: account(),
    findings: [finding()],
    steps: [step(), step({ stepId: 'talk', action: null, runnable: false, target: null, title: 'Talk to the owner' })],
    runs: [],
    rev: 1,
    ...over,
  });
}
function requestView(over: Partial<ApprovalView> = {}): ApprovalView {
  return {
    approval: approval(),
    plan: plan(),
    incident: incident(),
    account: account(),
    votes: [],
    names: NAMES,
    rev: 1,
    ...over,
  };
}
const request = (over: Partial<ApprovalView> = {}) => approvalCard(requestView(over));
const REQUEST_URL = 'https://acme.slack.com/archives/C0TRIAGE001/p1?thread_ts=1.1&cid=C0TRIAGE001';
const two = plan({
  steps: [
    ...plan().steps,
    { ...plan().steps[0]!, id: 'tag', title: 'Tag the user' },
    { ...plan().steps[0]!, id: 'note', title: 'Note the user' },
  ],
});
function progress(over: Partial<RunView> = {}): Message {
  return runCard({
    run: run({ state: 'executing', startedAt: T }),
    plan: two,
    journal: [],
    approval: approval({ state: 'consumed', decidedAt: T }),
    votes: [vote()],
    names: NAMES,
    account: account(),
    sample: false,
    rev: 1,
    ...over,
  });
}
const journal = [
  entry(),
  entry({ stepIndex: 1, stepId: 'tag', readBack: true }),
  entry({ stepIndex: 2, stepId: 'note', state: 'intent', doneAt: null }),
];
const ended = (state: RunView['run']['state'], stateReason: string | null = null) =>
  run({ state, stateReason, startedAt: T, finishedAt: '2026-11-22T12:05:09.000Z' });
const undo = rollbackPlan();

const CARDS: Readonly<Record<string, Message>> = {
  'incident-open': card(),
  'incident-acknowledged': card({
    incident: incident({ state: 'acknowledged', ownerId: 'U0RINA00001', rev: 2 }),
    runs: [ended('verified')],
    rev: 2,
  }),
  'incident-resolved': card({
    incident: incident({
      state: 'resolved',
      resolution: 'false-positive',
      resolutionNote: 'The Tor exit is our own probe.',
      reopened: 1,
      rev: 5,
    }),
  }),
  'incident-sample': card({
    incident: incident({ sample: true }),
    // Even if the flow called it runnable: a card of a sample offers no step.
    steps: [step()],
  }),
  'incident-observe-only': card({ account: account({ act: false }) }),
  'incident-unlisted-account': card({ account: undefined, steps: [] }),
  'approval-pending': request(),
  'approval-two-people-one-voted': request({
    approval: approval({
      requirement: {
        people: 2,
        slots: [
          { label: 'approver', n: 1, from: [ALICE, BO, 'U0CARL00001', 'U0DORA00001', 'U0EVE000001'] },
          { label: 'owner of prod-payments', n: 1, from: [ALICE] },
        ],
        ttlMinutes: 30,
        because: 'disruptive',
      },
    }),
    votes: [vote({ personId: BO })],
  }),
  'approval-user-group-widened': request({
    approval: approval({
      requirement: {
        people: 1,
        slots: [
          {
            label: 'approver (Slack user group sec)',
            n: 1,
            from: [ALICE, BO, 'U0CARL00001', 'U0DORA00001', 'U0EVE000001', 'U0FAY000001'],
            rule: [{ ids: [], usergroups: ['S0604QSJC'] }],
          },
        ],
        ttlMinutes: 30,
        because: 'reversible',
      },
      asked: ['U0EVE000001', BO, 'U0CARL00001', 'U0DORA00001'],
      notice: 'widened',
    }),
  }),
  'approval-granted': request({ approval: approval({ state: 'consumed', decidedAt: T }), votes: [vote()] }),
  'approval-denied': request({
    approval: approval({ state: 'denied', decidedAt: T, stateReason: 'The key belongs to the deploy job.' }),
    votes: [vote({ decision: 'deny', reason: 'The key belongs to the deploy job.' })],
  }),
  'approval-expired': request({ approval: approval({ state: 'expired', decidedAt: T }) }),
  'approval-stale': request({
    approval: approval({ state: 'stale', decidedAt: T, stateReason: 'Status is Inactive already.' }),
    votes: [vote()],
  }),
  'approval-rollback': request({ plan: undo }),
  'approval-rollback-denied': request({
    plan: undo,
    approval: approval({ state: 'denied', decidedAt: T, stateReason: 'The capture is not done yet.' }),
    votes: [vote({ decision: 'deny', reason: 'The capture is not done yet.' })],
  }),
  'run-waiting': progress({ run: run({ state: 'approved' }) }),
  'run-progress': progress({ journal }),
  'run-verified': progress({
    run: ended('verified'),
    journal: [entry(), entry({ stepIndex: 1 }), entry({ stepIndex: 2, readBack: true })],
  }),
  'run-unverified': progress({
    run: ended('unverified', 'Reading back shows Active.'),
    journal: [entry(), entry({ stepIndex: 1 }), entry({ stepIndex: 2 })],
  }),
  'run-failed': progress({
    run: ended('failed', 'AWS answered AccessDenied.'),
    journal: [entry(), entry({ stepIndex: 1, state: 'failed', error: 'AccessDenied: not allowed' })],
  }),
  'run-needs-human': progress({ run: ended('needs-human', 'The answer never came.'), journal }),
  'run-stale': progress({ run: ended('stale', 'The key is Inactive already.') }),
  'run-undone': progress({ run: { ...ended('verified'), undoneBy: 'RUN-BBBB3333' }, journal: [entry()] }),
  'run-of-rollback': progress({ run: ended('verified'), plan: undo, journal: [entry()] }),
  'reply-reopened': replyMessage({ template: 'reopened' }, incident(), account(), 1),
  'reply-severity': replyMessage({ template: 'severity-raised', severity: 'critical' }, incident(), account(), 1),
  'reply-resolved': replyMessage({ template: 'resolved', resolution: 'fixed' }, incident(), account(), 1),
  'dm-denied': requestEnded(
    {
      approval: approval({ state: 'denied', stateReason: 'Not now.' }),
      plan: plan(),
      account: account(),
      deniedBy: ALICE,
    },
    1,
  ),
  'dm-expired': requestEnded(
    { approval: approval({ state: 'expired' }), plan: plan(), account: account(), deniedBy: null },
    1,
  ),
  'dm-please-decide': pleaseDecide(requestView(), 'asked', REQUEST_URL),
  'dm-reminder': pleaseDecide(requestView({ plan: undo }), 'reminded', REQUEST_URL),
  'dm-widened': pleaseDecide(requestView(), 'widened', REQUEST_URL),
  refusal: refusalMessage(
    { code: 'own_request', message: 'You asked for this yourself.', hint: 'U0BO0000001 could decide.' },
    'REF-ABCD2345',
  ),
  'internal-error': internalError('REF-ABCD2345'),
};

describe('golden cards', () => {
  test.each(Object.entries(CARDS))('%s', async (name, message) => {
    await expect(readable(message)).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  test.each(Object.entries(CARDS))('%s is within every limit and hides nothing', (_, message) => {
    expect(messageProblems(message)).toEqual([]);
    expect(JSON.stringify(message)).not.toMatch(/undefined|\[object Object\]|NaN|Invalid Date/);
    expect(message.text.length).toBeGreaterThan(20);
  });
});

/** What Slack would act on in a message: every control sequence outside text nodes. */
function sequences(message: Message): readonly string[] {
  const marked: string[] = [message.text];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Reflect.get(value, 'type') === 'mrkdwn') marked.push(String(Reflect.get(value, 'text')));
    Object.values(value).forEach(walk);
  };
  walk(message.blocks);
  return marked.flatMap((text) => [...text.matchAll(/<[^>]*>?/g)].map((found) => found[0]));
}

/** What can be pressed, and the names of all blocks. */
function skeleton(message: Message): string {
  return JSON.stringify(
    message.blocks.map((block) => [
      block.type,
      block.block_id,
      block.type === 'actions' ? block.elements.map((one) => ('action_id' in one ? one.action_id : one.type)) : null,
    ]),
  );
}

/** One hostile text in every place that comes from outside. */
function hostileCards(text: string): readonly Message[] {
  const things = finding({
    title: text,
    description: text,
    id: text,
    type: text,
    region: text,
    resources: Array.from({ length: 6 }, (_, index) => ({ type: text, id: `${text}${index}` })),
    writeBack: { guardDuty: { detectorId: text, findingId: text, region: text } },
  });
  const hostilePlan = plan({
    summary: text,
    target: { type: text, id: text, arn: text },
    changes: Array.from({ length: 12 }, () => ({ path: text, before: text, after: { [text]: [text] } })),
    blastRadius: Array.from({ length: 8 }, () => text),
    steps: Array.from({ length: 14 }, () => ({ ...plan().steps[0]!, title: text })),
    verify: Array.from({ length: 8 }, () => ({ ...plan().verify[0]!, title: text })),
    rollback: { available: true, summary: text },
    region: text,
  });
  const inc = incident({ subject: text, region: text, why: text, resolutionNote: `n${text}` });
  const steps = Array.from({ length: 120 }, (_, index) => step({ target: text, findingKey: `${text}${index}` }));
  const runs = Array.from({ length: 9 }, () => run({ state: 'failed', stateReason: text, plan: hostilePlan }));
  const cast = [vote({ reason: text }), vote({ personId: BO, reason: text })];
  const names = new Map([ALICE, BO, 'U0RINA00001'].map((id) => [id, text]));
  const slots = [
    { label: `approver in ${text}`, n: 1, from: [ALICE, BO], rule: [{ ids: [], usergroups: ['S0604QSJC'] }] },
  ];
  const requirement = { ...approval().requirement, slots, because: text };
  return [
    card({ incident: inc, findings: [things, things], steps, runs }),
    card({ incident: { ...inc, state: 'resolved', resolution: 'fixed' }, findings: [things], steps, runs }),
    request({
      plan: hostilePlan,
      approval: approval({ reason: text, stateReason: text, requirement }),
      votes: cast,
      incident: inc,
      names,
    }),
    pleaseDecide(
      requestView({ plan: hostilePlan, approval: approval({ reason: text, requirement }), names }),
      'asked',
      REQUEST_URL,
    ),
    request({
      plan: hostilePlan,
      approval: approval({ reason: text, stateReason: text, state: 'denied', decidedAt: T }),
      votes: cast,
      incident: inc,
    }),
    progress({
      plan: hostilePlan,
      approval: approval({ reason: text }),
      votes: cast,
      names,
      run: ended('failed', text),
      journal: Array.from({ length: 14 }, (_, index) =>
        entry({ stepIndex: index, state: index > 8 ? 'failed' : 'done', error: text }),
      ),
    }),
    requestEnded(
      {
        approval: approval({ state: 'denied', stateReason: text }),
        plan: hostilePlan,
        account: account(),
        deniedBy: ALICE,
      },
      1,
    ),
    refusalMessage({ code: 'x', message: text, hint: text }, 'REF-ABCD2345'),
  ];
}

const WORST = ['"\\'.repeat(4_000), '<'.repeat(5_000), '&'.repeat(5_000), 'x'.repeat(9_000)];

test('the longest texts leave room', () => {
  const sizes = WORST.map((text) => hostileCards(text).map((message) => JSON.stringify(message.blocks).length));
  expect(Math.max(...sizes.flat()), JSON.stringify(sizes)).toBeLessThanOrEqual(12_000);
});

const harmless = hostileCards('harmless');

function expectTamed(text: string): void {
  hostileCards(text).forEach((message, index) => {
    const plainOne = harmless[index]!;
    expect(messageProblems(message)).toEqual([]);
    expect(skeleton(message)).toBe(skeleton(plainOne));
    expect(new Set(sequences(message))).toEqual(new Set(sequences(plainOne)));
    for (const link of JSON.stringify(message).matchAll(/"type":"link","url":"([^"]*)"/g))
      if (link[1] !== REQUEST_URL)
        expect(link[1]).toMatch(/^https:\/\/[a-z0-9-]+\.console\.aws\.amazon\.com\/[^<>|"'`\s]*$/);
  });
}

describe('text of other people', () => {
  test.each(HOSTILE.map((text, index) => ({ index, text })))('cannot change a card: $index', ({ text }) => {
    if (/^[UW][A-Z0-9]{8,}$/.test(text)) return;
    expectTamed(text.replace(/\b[UW][A-Z0-9]{8,20}\b/g, 'someone'));
  });

  test('cannot change a card, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expectTamed(text);
      }),
      { numRuns: 60 },
    );
  });

  test('a member id in it pings nobody, but in what only one person sees', () => {
    const message = request({ approval: approval({ reason: 'Ask <@U0ALICE0001> or U0ALICE0001 please' }), votes: [] });
    expect(sequences(message).filter((one) => one === '<@U0ALICE0001>').length).toBe(
      sequences(request()).filter((one) => one === '<@U0ALICE0001>').length,
    );
  });
});

describe('what can be pressed', () => {
  const pressable = (message: Message) =>
    message.blocks.flatMap((block) =>
      block.type === 'actions' ? block.elements.map((one) => ('action_id' in one ? one.action_id : '')) : [],
    );

  test('a sample offers no step', () => {
    expect(pressable(CARDS['incident-sample']!)).toEqual(['cordon.acknowledge', 'cordon.resolve']);
    expect(CARDS['incident-sample']!.text).toContain('SAMPLE');
  });

  test('a decided request has no live decision', () => {
    for (const name of ['approval-granted', 'approval-denied']) expect(pressable(CARDS[name]!)).toEqual([]);
    for (const name of ['approval-expired', 'approval-stale'])
      expect(pressable(CARDS[name]!)).toEqual(['cordon.ask-again']);
  });

  test('a roll back is offered only where there is one', () => {
    expect(pressable(CARDS['run-verified']!)).toEqual(['cordon.roll-back']);
    expect(pressable(CARDS['run-unverified']!)).toEqual(['cordon.roll-back']);
    expect(pressable(CARDS['run-failed']!)).toEqual(['cordon.roll-back']);
    for (const name of ['run-undone', 'run-of-rollback', 'run-stale', 'run-progress', 'run-needs-human'])
      expect(pressable(CARDS[name]!)).toEqual([]);
    expect(
      pressable(progress({ run: ended('verified'), plan: plan({ rollback: { available: false, why: 'x' } }) })),
    ).toEqual([]);
    expect(pressable(progress({ run: ended('failed'), journal: [] }))).toEqual([]);
  });

  test('block ids are new with every revision, and the values carry the id', () => {
    const first = card({ rev: 1 }).blocks.map((block) => block.block_id);
    const second = card({ rev: 2 }).blocks.map((block) => block.block_id);
    expect(first.some((id) => second.includes(id))).toBe(false);
    expect(first).toContain('card:INC-2026-0001:1');
  });
});

import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/domain/json.ts';
import { type Plan, planHash } from '../../src/domain/plan.ts';
import { INVARIANTS } from './invariants/index.ts';
import { firstRoles, membersOf, playbooksOf, settingsOf, USERGROUP } from './world/people.ts';
import { type Entry, newRecord, type Send, type WorldRecord } from './world/record.ts';

const AT = Date.parse('2026-11-20T09:00:00.000Z');
const TARGET = 'i-0000000000000a001';
const ACCOUNT = '333333333331';
const ARN = `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/${TARGET}`;
const SECRET = 'canary-of-this-test';

/** A plan of one step, of a reversible action. */
function plan(change: Partial<Plan> = {}): Plan {
  const read = { service: 'ec2', operation: 'DescribeInstances', input: { InstanceIds: [TARGET] } } as const;
  return {
    schema: 'cordon/plan/v1',
    kind: 'forward',
    action: { id: 'ec2.mark-instance', version: 1, title: 'Mark' },
    risk: 'reversible',
    twoPeople: false,
    params: { instanceId: TARGET },
    accountId: ACCOUNT,
    region: 'eu-west-1',
    partition: 'aws',
    incidentId: 'INC-2026-0001',
    runId: 'RUN-ONE',
    playbook: { id: 'compute.command-and-control', version: '1.0.1', hash: playbooksOf(1).threat.hash, stepId: 'mark' },
    summary: 'Mark it',
    target: { type: 'AwsEc2Instance', id: TARGET, arn: ARN },
    changes: [],
    blastRadius: [],
    before: {},
    steps: [
      {
        id: 'step-0',
        title: 'Set it',
        call: {
          service: 'ec2',
          operation: 'CreateTags',
          input: { Resources: [TARGET], Tags: [{ Key: 'k', Value: 'v' }] },
        },
        iam: [],
        precondition: [],
        applied: { title: 'It is set', read, query: 'x', expect: 'v' },
      },
    ],
    verify: [],
    rollback: { available: false, why: 'no' },
    ...change,
  };
}

interface Made {
  readonly record: WorldRecord;
  entry(entity: Entry['entity'], id: string, was: string | null, is: string, detail?: Entry['detail']): Entry;
  audit(event: string, subject: string): Entry;
  send(change?: Partial<Send>): void;
}

let rows = 0;
let txs = 0;

/** A record in which one run was asked for, approved, claimed and carried out as it should be. */
function good(made: Plan = plan()): Made {
  const record = newRecord([SECRET]);
  rows = 0;
  record.tick = 1;
  const roles = firstRoles();
  record.times.push({
    at: AT - 60_000,
    tick: 0,
    settings: settingsOf(roles),
    members: membersOf(roles),
    usergroups: new Map([[USERGROUP, roles.usergroup]]),
    playbookHashes: { [made.playbook.id]: made.playbook.hash },
    stopFile: false,
  });
  const entry: Made['entry'] = (entity, id, was, is, detail = {}) => {
    const one = { seq: record.entries.length + 1, tx: String(txs), at: AT, entity, id, was, is, detail, tick: 1 };
    record.entries.push(one);
    return one;
  };
  const audit: Made['audit'] = (event, subject) => {
    rows += 1;
    const prevHash = rows === 1 ? '0'.repeat(64) : `hash-${rows - 1}`;
    return entry('audit', String(rows), null, event, {
      actor: 'cordon',
      actorKind: 'system',
      subject,
      prevHash,
      hash: `hash-${rows}`,
      details: {},
    });
  };
  const [step] = made.steps;
  if (step === undefined) throw new Error('the plan has no step');
  const send: Made['send'] = (change = {}) =>
    void record.sends.push({
      at: AT,
      signedAt: AT,
      seen: record.entries.length,
      process: 'p',
      runId: made.runId,
      approvers: ['U0ALICE'],
      accountId: made.accountId,
      region: made.region,
      call: step.call,
      target: TARGET,
      changed: true,
      refused: null,
      before: { tags: {}, tokens: 'optional', state: 'running' },
      late: false,
      order: record.sends.length * 10 + 10,
      ...change,
    });
  const hash = planHash(made);
  record.plans.set(hash, made);
  const commit = (work: () => void): void => {
    txs += 1;
    work();
  };
  const about = { hash, account: made.accountId, kind: made.kind, undoes: made.undoes ?? null, by: 'U0SAM' };
  commit(() => {
    entry('run', made.runId, null, 'planning', { ...about, fence: 0, fenceWas: 0 });
    audit('plan.requested', `run:${made.runId}`);
  });
  commit(() => {
    entry('run', made.runId, 'planning', 'planned', { ...about, fence: 0, fenceWas: 0 });
    audit('plan.made', `run:${made.runId}`);
  });
  commit(() => {
    entry('approval', 'REQ-ONE', null, 'pending', { run: made.runId, hash, by: 'U0SAM', expiresAt: AT + 1_800_000 });
    audit('approval.requested', 'approval:REQ-ONE');
  });
  for (const person of made.risk === 'destructive' || made.twoPeople ? ['U0ALICE', 'U0BO'] : ['U0ALICE']) {
    record.presses.push({
      at: AT,
      until: AT,
      person,
      approvalId: 'REQ-ONE',
      planHash: hash,
      decision: 'approve',
      told: 'taken',
      text: '',
    });
    commit(() => {
      entry('vote', 'REQ-ONE', null, 'approve', { person, hash });
      audit('approval.voted', 'approval:REQ-ONE');
    });
  }
  commit(() => {
    entry('approval', 'REQ-ONE', 'pending', 'approved', { run: made.runId, hash });
    entry('run', made.runId, 'planned', 'approved', { ...about, fence: 0, fenceWas: 0 });
    audit('approval.granted', 'approval:REQ-ONE');
  });
  commit(() => {
    entry('run', made.runId, 'approved', 'executing', { ...about, fence: 1, fenceWas: 0, owner: 'p' });
    entry('approval', 'REQ-ONE', 'approved', 'consumed', { run: made.runId, hash });
    audit('run.claimed', `run:${made.runId}`);
  });
  commit(() => {
    entry('journal', made.runId, null, 'intent', { index: 0, step: 'step-0', fence: 1 });
    audit('run.step-intent', `run:${made.runId}`);
  });
  send();
  commit(() => {
    entry('journal', made.runId, 'intent', 'done', { index: 0, step: 'step-0', fence: 1, readBack: false });
    audit('run.step-done', `run:${made.runId}`);
  });
  txs += 1;
  return { record, entry, audit, send };
}

function brokenBy(id: string, record: WorldRecord): readonly string[] {
  const invariant = INVARIANTS.find((one) => one.id === id);
  if (invariant === undefined) throw new Error(`there is no ${id}`);
  return invariant.check(record);
}

function replaced<T>(list: T[], which: (one: T) => boolean, change: Partial<T>): void {
  const at = list.findIndex(which);
  const before = list[at];
  if (before === undefined) throw new Error('nothing to replace');
  list[at] = { ...before, ...change };
}

const HOUR = 3_600_000;
const post = (text: string, blocks: readonly unknown[] = []) => ({ at: AT, key: '', text, blocks, private: false });

describe('a record in which all went well', () => {
  it.each(INVARIANTS.map(({ id, promise }) => [id, promise]))('%s holds: %s', (id) => {
    expect(brokenBy(id, good().record)).toEqual([]);
  });
});

/** One way to break each promise, or several. */
const BREAKS: readonly (readonly [string, string, () => WorldRecord])[] = [
  ['I1', 'never claimed', () => without(good().record, ({ is }) => is === 'executing')],
  ['I1', 'the requester’s own vote', () => voteOf('U0SAM')],
  ['I1', 'somebody who is no approver', () => voteOf('U0OSCAR')],
  ['I1', 'a vote that nobody pressed', () => changed(good().record, (record) => record.presses.splice(0))],
  ['I1', 'expired at the claim', () => expired()],
  ['I1', 'one of two', () => oneOfTwo()],
  ['I1', 'an approver who was dismissed', () => dismissed()],
  ['I2', 'two claims', () => twiceClaimed()],
  ['I2', 'a step that changed something twice', () => changed(good(), ({ send }) => send())],
  ['I2', 'sent again without reading back', () => changed(good(), ({ send }) => send({ changed: false }))],
  [
    'I2',
    'sent by who has lost the run',
    () => changed(good(), ({ record }) => replaced(record.sends, () => true, { process: 'q' })),
  ],
  [
    'I3',
    'another parameter',
    () => sentOtherwise({ call: { service: 'ec2', operation: 'CreateTags', input: { Resources: ['i-2'] } } }),
  ],
  ['I3', 'another account', () => sentOtherwise({ accountId: '333333333332' })],
  ['I4', 'no intent', () => without(good().record, ({ entity }) => entity === 'journal')],
  [
    'I4',
    'an end too many',
    () => changed(good(), ({ entry }) => entry('journal', 'RUN-ONE', 'intent', 'done', { index: 0 })),
  ],
  ['I5', 'after a stop', () => afterStop()],
  ['I5', 'after a failed read', () => afterFailedRead()],
  ['I6', 'too many in an account', () => claims(3, ACCOUNT)],
  ['I6', 'too many in all', () => claims(4, undefined)],
  ['I7', 'a change without a row', () => without(good().record, ({ is }) => is === 'run.claimed')],
  [
    'I7',
    'a row in another transaction',
    () =>
      changed(good().record, (record) => replaced(record.entries, ({ is }) => is === 'run.claimed', { tx: 'other' })),
  ],
  ['I7', 'a row without its change', () => changed(good(), ({ audit }) => audit('run.verified', 'run:RUN-ONE'))],
  [
    'I7',
    'nobody named',
    () =>
      changed(good().record, (record) => replaced(record.entries, ({ is }) => is === 'run.claimed', { detail: {} })),
  ],
  ['I8', 'a gap', () => without(good().record, ({ is }) => is === 'plan.made')],
  ['I8', 'a row that does not follow', () => unlinked()],
  [
    'I8',
    'a checkpoint of another chain',
    () => changed(good().record, (record) => record.checkpoints.push({ seq: 2, hash: 'x' })),
  ],
  [
    'I9',
    'deleted and nowhere',
    () => changed(good().record, (record) => record.bodies.push({ messageId: 'm', body: 'b', deleted: true })),
  ],
  [
    'I10',
    'two open under one key',
    () =>
      changed(good(), ({ entry }) => ['INC-1', 'INC-2'].map((id) => entry('incident', id, null, 'open', { key: 'k' }))),
  ],
  ['I13', 'a mention of everybody', () => posted('now <!channel>')],
  [
    'I13',
    'a link of somebody else’s',
    () => posted('', [{ type: 'section', text: { type: 'mrkdwn', text: '<https://evil.example|x>' } }]),
  ],
  ['I13', 'a link node', () => posted('', [{ type: 'link', url: 'https://evil.example' }])],
  [
    'I13',
    'a button for what is not there',
    () => posted('', [{ type: 'button', action_id: 'cordon.review', value: 'REQ-GONE:1' }]),
  ],
  ['I14', 'denied and run', () => changed(good(), ({ entry }) => entry('approval', 'REQ-ONE', 'approved', 'denied'))],
  ['I14', 'a denial that was taken', () => denied()],
  ['I14', 'another edition of the playbook', () => otherEdition()],
  ['I15', 'on the list', () => protectedByList()],
  ['I15', 'by tag', () => protectedByTag()],
  ['I15', 'Cordon’s own account', () => sentOtherwise({ accountId: '222222222222' })],
  ['I16', 'the undo of what never ran', () => undo({ DeleteTags: true }, {})],
  ['I16', 'an undo on another state', () => undo({ DeleteTags: true }, { k: 'somebody else' }, true)],
  ['I16', 'undone twice', () => undoneTwice()],
  ['I17', 'a foreigner changed something', () => foreign((made) => made.entry('vote', 'REQ-ONE', null, 'approve'), '')],
  [
    'I17',
    'a foreigner was told something',
    () => foreign((made) => made.audit('access.refused', 'slack:command'), 'INC-2026-0001 prod-payments'),
  ],
  ['I18', 'in a message', () => posted(SECRET)],
  ['I18', 'in the log', () => changed(good().record, (record) => record.logLines.push(`x ${SECRET}`))],
  ['I18', 'in a job', () => changed(good().record, (record) => record.jobs.push(SECRET))],
  [
    'I18',
    'in an audit row',
    () => changed(good(), ({ entry }) => entry('audit', '99', null, 'x', { details: { text: SECRET } })),
  ],
  ['I19', 'failed beside a broken account', () => failedBeside()],
];

describe('each promise can be broken', () => {
  it.each(BREAKS)('%s: %s', (id, _how, make) => {
    expect(brokenBy(id, make())).not.toEqual([]);
  });

  it('every one of them', () => {
    expect(new Set(BREAKS.map(([id]) => id))).toEqual(new Set(INVARIANTS.map(({ id }) => id)));
  });
});

function changed<T extends WorldRecord | Made>(of: T, how: (of: T) => unknown): WorldRecord {
  how(of);
  return 'record' in of ? of.record : of;
}

function without(record: WorldRecord, which: (entry: Entry) => boolean): WorldRecord {
  const kept = record.entries.filter((entry) => !which(entry));
  record.entries.splice(0, record.entries.length, ...kept);
  return record;
}

function voteOf(person: string): WorldRecord {
  const { record } = good();
  replaced(record.presses, () => true, { person });
  const vote = record.entries.find(({ entity }) => entity === 'vote');
  replaced(record.entries, (one) => one === vote, { detail: { ...vote?.detail, person } });
  return record;
}

function expired(): WorldRecord {
  const { record } = good();
  const request = record.entries.find(({ entity, was }) => entity === 'approval' && was === null);
  replaced(record.entries, (one) => one === request, { detail: { ...request?.detail, expiresAt: AT - 1 } });
  return record;
}

function oneOfTwo(): WorldRecord {
  const { record } = good(plan({ risk: 'destructive' }));
  return without(record, ({ entity, detail }) => entity === 'vote' && detail['person'] === 'U0BO');
}

function dismissed(): WorldRecord {
  const { record } = good();
  replaced(record.times, () => true, { members: ['U0SAM'] });
  return record;
}

function twiceClaimed(): WorldRecord {
  return changed(good(), ({ entry }) => entry('run', 'RUN-ONE', 'approved', 'executing', { owner: 'p' }));
}

function sentOtherwise(change: Partial<Send>): WorldRecord {
  return changed(good().record, (record) => replaced(record.sends, () => true, change));
}

function afterStop(): WorldRecord {
  const made = good();
  made.entry('switch', 'switch', 'false', 'true');
  made.send({ signedAt: AT + 3_000, changed: false });
  return made.record;
}

function afterFailedRead(): WorldRecord {
  const { record } = good();
  const call = { service: 'ec2', operation: 'DescribeInstances', input: {} } as const;
  record.reads.push({ at: AT, process: 'p', accountId: ACCOUNT, call, failed: 'ServiceUnavailable', order: 9 });
  return record;
}

function claims(count: number, account: string | undefined): WorldRecord {
  const { record, entry } = good();
  for (let n = 1; n < count; n += 1)
    entry('run', `RUN-${n}`, 'approved', 'executing', { account: account ?? `33333333333${n + 1}`, owner: 'p' });
  replaced(record.entries, ({ is }) => is === 'executing', { at: AT - HOUR + 1_000 });
  return record;
}

function unlinked(): WorldRecord {
  const { record } = good();
  const row = record.entries.find(({ is }) => is === 'plan.made');
  replaced(record.entries, (one) => one === row, { detail: { ...row?.detail, prevHash: 'other' } });
  return record;
}

function posted(text: string, blocks: readonly unknown[] = []): WorldRecord {
  return changed(good().record, (record) => record.posts.push(post(text, blocks)));
}

function denied(): WorldRecord {
  const { record } = good();
  const [press] = record.presses;
  if (press) record.presses.push({ ...press, person: 'U0BO', decision: 'deny' });
  return record;
}

function otherEdition(): WorldRecord {
  return changed(good().record, (record) =>
    replaced(record.times, () => true, { playbookHashes: { 'compute.command-and-control': sha256('x') } }),
  );
}

function protectedByList(): WorldRecord {
  const settings = settingsOf({ ...firstRoles(), protected: [ARN] });
  return changed(good().record, (record) => replaced(record.times, () => true, { settings }));
}

function protectedByTag(): WorldRecord {
  return changed(good().record, (record) =>
    record.changes.push({ at: AT - 60_000, target: TARGET, what: 'protect', order: 1, tick: 0 }),
  );
}

/** An undo that was sent; `after`: the run that it undoes had sent something. */
function undo(_: object, tags: Readonly<Record<string, string>>, after = false): WorldRecord {
  const call = {
    service: 'ec2',
    operation: 'DeleteTags',
    input: { Resources: [TARGET], Tags: [{ Key: 'k' }] },
  } as const;
  const [step] = plan().steps;
  const steps = step ? [{ ...step, call }] : [];
  const made = good(plan({ kind: 'rollback', undoes: 'RUN-ZERO', steps }));
  if (after) made.send({ runId: 'RUN-ZERO', order: 1 });
  replaced(made.record.sends, ({ runId }) => runId === 'RUN-ONE', {
    before: { tags, tokens: 'optional', state: 'running' },
  });
  return made.record;
}

function undoneTwice(): WorldRecord {
  const made = good();
  for (const id of ['RUN-A', 'RUN-B'])
    made.entry('run', id, 'verifying', 'verified', { kind: 'rollback', undoes: 'RUN-ONE' });
  return made.record;
}

function foreign(how: (made: Made) => unknown, told: string): WorldRecord {
  const made = good();
  const before = made.record.entries.length;
  how(made);
  made.record.foreign.push({ at: AT, before, after: made.record.entries.length, told });
  return made.record;
}

function failedBeside(): WorldRecord {
  const made = good();
  made.record.faults.push({ at: AT, kind: 'account broken', accountId: '333333333332' });
  made.entry('run', 'RUN-ONE', 'executing', 'failed', { account: ACCOUNT });
  return made.record;
}

import { expect, test } from 'vitest';
import { compareTrail, type JournalledCall, operationOf, type TrailEvent } from '../../../src/domain/trail.ts';

const NOW = '2026-11-20T12:00:00.000Z';
const KNOWN = { actRole: 'cordon-remediate', now: NOW };

function event(over: Partial<TrailEvent> = {}): TrailEvent {
  return {
    id: 'event-1',
    at: '2026-11-20T10:00:00.000Z',
    service: 'iam',
    name: 'UpdateAccessKey',
    accountId: '333333333331',
    region: 'us-east-1',
    requestId: 'request-1',
    failed: false,
    sourceIdentity: 'RUN-A',
    role: 'cordon-remediate',
    sessionName: 'INC-2026-0001',
    ...over,
  };
}

function call(over: Partial<JournalledCall> = {}): JournalledCall {
  return {
    runId: 'RUN-A',
    stepId: 'deactivate',
    state: 'done',
    accountId: '333333333331',
    region: 'eu-west-1',
    service: 'iam',
    operation: 'UpdateAccessKey',
    requestId: 'request-1',
    intentAt: '2026-11-20T09:59:59.000Z',
    doneAt: '2026-11-20T10:00:01.000Z',
    ...over,
  };
}

const kindsOf = (events: readonly TrailEvent[], calls: readonly JournalledCall[]) => {
  const { agreed, orphans, missing, notYet } = compareTrail(events, calls, KNOWN);
  return { agreed: agreed.length, orphans: orphans.length, missing: missing.length, notYet: notYet.length };
};

test.each<[string, TrailEvent[], JournalledCall[], ReturnType<typeof kindsOf>]>([
  ['a call with its request id', [event()], [call()], { agreed: 1, orphans: 0, missing: 0, notYet: 0 }],
  [
    'a step that was read back, by run and call',
    [event()],
    [call({ requestId: null })],
    { agreed: 1, orphans: 0, missing: 0, notYet: 0 },
  ],
  [
    'an intent whose answer was lost',
    [event()],
    [call({ requestId: null, state: 'intent', doneAt: null })],
    { agreed: 1, orphans: 0, missing: 0, notYet: 0 },
  ],
  ['a run of which nothing is on record', [event()], [], { agreed: 0, orphans: 1, missing: 0, notYet: 0 }],
  [
    'the same call twice for one step',
    [event(), event({ id: 'event-2', requestId: 'request-2' })],
    [call()],
    { agreed: 1, orphans: 1, missing: 0, notYet: 0 },
  ],
  [
    'another call than the journal’s',
    [event({ name: 'PutUserPolicy', requestId: 'request-9' })],
    [call({ requestId: null, state: 'intent', doneAt: null })],
    { agreed: 0, orphans: 1, missing: 0, notYet: 0 },
  ],
  [
    'the step of another run',
    [event({ sourceIdentity: 'RUN-B' })],
    [call()],
    { agreed: 0, orphans: 1, missing: 1, notYet: 0 },
  ],
  [
    'the act role without the name of a run',
    [event({ sourceIdentity: null })],
    [call()],
    { agreed: 0, orphans: 1, missing: 1, notYet: 0 },
  ],
  [
    'the name of a run on another role',
    [event({ role: 'administrator', requestId: 'request-7' })],
    [],
    { agreed: 0, orphans: 1, missing: 0, notYet: 0 },
  ],
  [
    'somebody else’s write',
    [event({ sourceIdentity: null, role: 'administrator' })],
    [],
    { agreed: 0, orphans: 0, missing: 0, notYet: 0 },
  ],
  ['what AWS refused', [event({ failed: true })], [], { agreed: 0, orphans: 0, missing: 0, notYet: 0 }],
  [
    'a step that AWS refused',
    [],
    [call({ state: 'failed', requestId: null })],
    { agreed: 0, orphans: 0, missing: 0, notYet: 0 },
  ],
  ['one event on two pages', [event(), event()], [call()], { agreed: 1, orphans: 0, missing: 0, notYet: 0 }],
  [
    'a step younger than CloudTrail’s delay',
    [],
    [call({ doneAt: '2026-11-20T11:45:01.000Z' })],
    { agreed: 0, orphans: 0, missing: 0, notYet: 1 },
  ],
  [
    'a step older than it',
    [],
    [call({ doneAt: '2026-11-20T11:44:59.000Z' })],
    { agreed: 0, orphans: 0, missing: 1, notYet: 0 },
  ],
])('%s', (_, events, calls, kinds) => {
  expect(kindsOf(events, calls)).toEqual(kinds);
});

test('a row with a request id is kept for the event that bears it, whatever comes first', () => {
  const [first, second] = [event({ id: 'event-1', requestId: 'other' }), event({ id: 'event-2' })];
  const rows = [call(), call({ stepId: 'again', requestId: null })];
  for (const events of [
    [first, second],
    [second, first],
  ])
    expect(kindsOf(events, rows)).toEqual({ agreed: 2, orphans: 0, missing: 0, notYet: 0 });
});

test.each([
  ['PutBucketPublicAccessBlock', 'PutPublicAccessBlock'],
  ['PutFunctionConcurrency20171031', 'PutFunctionConcurrency'],
  ['UpdateFunctionCode20150331v2', 'UpdateFunctionCode'],
  ['CreateTags', 'CreateTags'],
])('the history’s %s is the API’s %s', (name, operation) => {
  expect(operationOf({ name })).toBe(operation);
});

import type { Account } from '../../../../src/domain/account.ts';
import type { Approval, Vote } from '../../../../src/domain/approval.ts';
import type { Finding } from '../../../../src/domain/finding.ts';
import type { Incident } from '../../../../src/domain/incident.ts';
import { type Plan, planHash } from '../../../../src/domain/plan.ts';
import type { JournalEntry, Run } from '../../../../src/domain/run.ts';
import type { StepOption } from '../../../../src/slack/flow-api.ts';
import { Settings } from './settings.ts';

/** A made-up incident with everything around it; each test changes what it is about. */
export const NOW = '2026-11-22T12:00:00.000Z';
export const SETTINGS = Settings;
export const RINA = 'U0RINA00001';
export const ALICE = 'U0ALICE0001';
export const BO = 'U0BO0000001';

export function account(over: Partial<Account> = {}): Account {
  return {
    id: '333333333331',
    alias: 'prod-payments',
    environment: 'prod',
    owners: [ALICE],
    regions: ['eu-west-1'],
    act: true,
    management: false,
    ...over,
  };
}

export function incident(over: Partial<Incident> = {}): Incident {
  return {
    id: 'INC-2026-0001',
    correlationKey: 'k',
    kind: 'threat',
    source: 'guardduty',
    state: 'open',
    severity: 'high',
    title: 'IAM access key compromise',
    subject: 'UnauthorizedAccess:IAMUser/TorIPCaller',
    accountId: '333333333331',
    region: 'eu-west-1',
    playbookId: 'iam.access-key-compromise',
    rung: 'exact',
    why: 'the type is named by the playbook',
    sample: false,
    ownerId: null,
    resolution: null,
    resolutionNote: null,
    rev: 1,
    reopened: 0,
    firstFinding: 'finding',
    beganAt: '2026-11-22T11:00:00.000Z',
    activeSince: '2026-11-22T11:00:00.000Z',
    firstSeenAt: '2026-11-22T11:00:00.000Z',
    lastSeenAt: '2026-11-22T11:30:00.000Z',
    openedAt: '2026-11-22T11:31:00.000Z',
    closedAt: null,
    ...over,
  };
}

export function finding(over: Partial<Finding> = {}): Finding {
  return {
    key: 'gd:1',
    source: 'guardduty',
    shape: 'guardduty',
    kind: 'threat',
    id: 'f1',
    type: 'UnauthorizedAccess:IAMUser/TorIPCaller',
    standards: [],
    requirements: [],
    title: 'API calls came from a Tor exit node',
    description: '',
    accountId: '333333333331',
    region: 'eu-west-1',
    partition: 'aws',
    severity: 'high',
    rawSeverity: '8',
    state: 'active',
    count: 3,
    createdAt: '2026-11-22T11:00:00.000Z',
    updatedAt: '2026-11-22T11:30:00.000Z',
    resources: [{ type: 'AwsIamAccessKey', id: 'AKIAEXAMPLEEXAMPLE01' }],
    entities: {},
    sample: false,
    writeBack: { guardDuty: { detectorId: 'd1', findingId: 'abc<>|"def', region: 'eu-west-1' } },
    ...over,
  };
}

export function step(over: Partial<StepOption> = {}): StepOption {
  return {
    stepId: 'deactivate-key',
    findingKey: 'gd:1',
    title: 'Deactivate the access key',
    target: 'AKIAEXAMPLEEXAMPLE01',
    action: { id: 'iam.deactivate-access-key', risk: 'reversible' },
    phase: 'contain',
    guidance: null,
    runnable: true,
    whyNot: null,
    ...over,
  };
}

export function plan(over: Partial<Plan> = {}): Plan {
  return {
    schema: 'cordon/plan/v1',
    kind: 'forward',
    action: { id: 'iam.deactivate-access-key', version: 1, title: 'Deactivate access key' },
    summary: 'Sets the access key of user ci-deploy to Inactive.',
    risk: 'reversible',
    twoPeople: false,
    params: { accessKeyId: 'AKIAEXAMPLEEXAMPLE01' },
    target: { type: 'AwsIamAccessKey', id: 'AKIAEXAMPLEEXAMPLE01', arn: 'arn:aws:iam::333333333331:user/ci-deploy' },
    changes: [{ path: 'Status', before: 'Active', after: 'Inactive' }],
    blastRadius: ['1 access key of user ci-deploy, last used 2026-11-22'],
    before: { status: 'Active' },
    steps: [
      {
        id: 'deactivate',
        title: 'Set the key to Inactive',
        call: {
          service: 'iam',
          operation: 'UpdateAccessKey',
          input: { AccessKeyId: 'AKIAEXAMPLEEXAMPLE01', Status: 'Inactive', UserName: 'ci-deploy' },
        },
        iam: [{ actions: ['iam:UpdateAccessKey'], resources: ['arn:aws:iam::333333333331:user/ci-deploy'] }],
        precondition: [
          {
            title: 'the key is Active',
            read: { service: 'iam', operation: 'ListAccessKeys', input: {} },
            query: 'x',
            expect: 'Active',
          },
        ],
        applied: {
          title: 'the key is Inactive',
          read: { service: 'iam', operation: 'ListAccessKeys', input: {} },
          query: 'x',
          expect: 'Inactive',
        },
      },
    ],
    verify: [
      {
        title: 'The key is Inactive',
        read: { service: 'iam', operation: 'ListAccessKeys', input: {} },
        query: 'x',
        expect: 'Inactive',
      },
    ],
    rollback: { available: true, summary: 'Sets the key to Active again.' },
    accountId: '333333333331',
    region: 'eu-west-1',
    partition: 'aws',
    incidentId: 'INC-2026-0001',
    runId: 'RUN-AAAA2222',
    playbook: { id: 'iam.access-key-compromise', version: '1.0.0', hash: 'f'.repeat(64), stepId: 'deactivate-key' },
    ...over,
  };
}

export function rollbackPlan(): Plan {
  return plan({
    kind: 'rollback',
    undoes: 'RUN-AAAA2222',
    runId: 'RUN-BBBB3333',
    twoPeople: true,
    summary: 'Sets the access key of user ci-deploy back to Active.',
    changes: [{ path: 'Status', before: 'Inactive', after: 'Active' }],
    rollback: { available: false, why: 'a roll back is not rolled back' },
  });
}

export function run(over: Partial<Run> = {}): Run {
  const its = over.plan === undefined ? plan() : over.plan;
  return {
    id: 'RUN-AAAA2222',
    incidentId: 'INC-2026-0001',
    request: { kind: 'forward', incidentId: 'INC-2026-0001', stepId: 'deactivate-key', findingKey: 'gd:1' },
    requestedBy: RINA,
    state: 'planned',
    stateReason: null,
    plan: its,
    planHash: its === null ? null : planHash(its),
    fence: 0,
    leaseUntil: null,
    leaseOwner: null,
    notBefore: null,
    attempt: 0,
    viewId: null,
    undoneBy: null,
    rev: 1,
    createdAt: NOW,
    plannedAt: NOW,
    startedAt: null,
    finishedAt: null,
    ...over,
  };
}

export function approval(over: Partial<Approval> = {}): Approval {
  return {
    id: 'REQ-CCCC4444',
    runId: 'RUN-AAAA2222',
    incidentId: 'INC-2026-0001',
    planHash: planHash(plan()),
    requestedBy: RINA,
    reason: 'The key is used from Tor since this morning.',
    state: 'pending',
    stateReason: null,
    requirement: {
      people: 1,
      slots: [{ label: 'approver', n: 1, from: [ALICE, BO] }],
      ttlMinutes: 30,
      because: 'reversible changes need one approver',
    },
    asked: [ALICE, BO],
    notice: 'asked',
    rev: 1,
    createdAt: NOW,
    expiresAt: '2026-11-22T12:30:00.000Z',
    decidedAt: null,
    ...over,
  };
}

export function vote(over: Partial<Vote> = {}): Vote {
  return {
    approvalId: 'REQ-CCCC4444',
    personId: ALICE,
    decision: 'approve',
    reason: 'Seen the same in the logs.',
    planHash: planHash(plan()),
    via: 'slack',
    at: '2026-11-22T12:03:00.000Z',
    ...over,
  };
}

export function entry(over: Partial<JournalEntry> = {}): JournalEntry {
  return {
    runId: 'RUN-AAAA2222',
    stepIndex: 0,
    stepId: 'deactivate',
    state: 'done',
    readBack: false,
    requestId: 'r-1',
    outputs: {},
    error: null,
    fence: 1,
    intentAt: NOW,
    doneAt: NOW,
    ...over,
  };
}

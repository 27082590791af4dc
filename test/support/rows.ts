import type { Approval } from '../../src/domain/approval.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { newId } from '../../src/domain/ids.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { type Plan, planHash } from '../../src/domain/plan.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Store } from '../../src/ports.ts';

/** Rows for tests of the store; every call gives fresh ids, so that tests need not clean up. */
let count = 0;
export function fresh(prefix: string): string {
  count += 1;
  return `${prefix}-${process.pid}-${count}-${newId('DLV')}`;
}

export const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const AT = '2026-11-22T08:00:00.000Z';

export function someIncident(over: Partial<Incident> = {}): Incident {
  return {
    id: fresh('INC'),
    correlationKey: fresh('key'),
    kind: 'threat',
    source: 'guardduty',
    state: 'open',
    severity: 'high',
    title: 'A key is used from elsewhere',
    subject: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller',
    accountId: '333333333331',
    region: 'eu-west-1',
    playbookId: 'iam.access-key-compromise',
    rung: 'exact',
    why: 'its type',
    sample: false,
    ownerId: null,
    resolution: null,
    resolutionNote: null,
    rev: 1,
    reopened: 0,
    firstFinding: 'finding',
    beganAt: AT,
    activeSince: AT,
    firstSeenAt: AT,
    lastSeenAt: AT,
    openedAt: AT,
    closedAt: null,
    ...over,
  };
}

export function someFinding(over: Partial<Finding> = {}): Finding {
  return {
    key: fresh('finding'),
    source: 'guardduty',
    shape: 'guardduty',
    kind: 'threat',
    id: 'f1',
    standards: [],
    requirements: [],
    title: 'A title',
    description: 'A description',
    accountId: '333333333331',
    region: 'eu-west-1',
    partition: 'aws',
    severity: 'high',
    rawSeverity: '8',
    state: 'active',
    count: 1,
    createdAt: AT,
    updatedAt: AT,
    resources: [],
    entities: {},
    sample: false,
    writeBack: {},
    ...over,
  };
}

export function somePlan(runId: string, incidentId: string, over: Partial<Plan> = {}): Plan {
  return {
    schema: 'cordon/plan/v1',
    kind: 'forward',
    action: { id: 'iam.deactivate-access-key', version: 1, title: 'Deactivate the access key' },
    risk: 'reversible',
    twoPeople: false,
    params: {},
    accountId: '333333333331',
    region: 'eu-west-1',
    partition: 'aws',
    incidentId,
    runId,
    playbook: { id: 'iam.access-key-compromise', version: '1.0.0', hash: 'h', stepId: 'deactivate' },
    summary: 'Deactivate it',
    target: { type: 'AwsIamAccessKey', id: 'AKIAEXAMPLE', arn: 'arn:aws:iam::333333333331:user/x' },
    changes: [],
    blastRadius: [],
    before: {},
    steps: [],
    verify: [],
    rollback: { available: false, why: 'a test' },
    ...over,
  };
}

/** An incident with a run that is being planned. */
export async function planningRun(store: Store): Promise<Run> {
  const incident = someIncident();
  return store.tx(async (tx) => {
    await tx.incidents.insert(incident);
    const request = { kind: 'forward', incidentId: incident.id, stepId: 'deactivate', findingKey: 'f' } as const;
    return tx.runs.insert({ id: fresh('RUN'), request, requestedBy: 'U0RINA', viewId: null });
  });
}

export async function plannedRun(store: Store): Promise<Run> {
  const run = await planningRun(store);
  const plan = somePlan(run.id, run.incidentId);
  return present(await store.tx((tx) => tx.runs.setPlan(run.id, plan, planHash(plan))));
}

/** A planned run with a request for approval that is open for `ttlSeconds`. */
export async function requestedRun(
  store: Store,
  ttlSeconds = 600,
): Promise<{ readonly run: Run; readonly approval: Approval }> {
  const run = await plannedRun(store);
  const approval = await store.tx((tx) =>
    tx.approvals.insert({
      id: fresh('REQ'),
      runId: run.id,
      incidentId: run.incidentId,
      planHash: present(run.planHash),
      requestedBy: 'U0RINA',
      reason: 'the key is in use by somebody else',
      requirement: { people: 1, slots: [], ttlMinutes: 10, because: 'a test' },
      asked: [],
      ttlSeconds,
    }),
  );
  return { run, approval };
}

/** A run whose approval has been given and that nobody has claimed. */
export async function approvedRun(store: Store): Promise<{ readonly run: Run; readonly approval: Approval }> {
  const { run, approval } = await requestedRun(store);
  return store.tx(async (tx) => ({
    approval: present(await tx.approvals.setState(approval.id, ['pending'], 'approved', null)),
    run: present(await tx.runs.setState(run.id, ['planned'], 'approved', null)),
  }));
}

/** The value, or a failed test when there is none. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('expected a value');
  return value;
}

/** Asks until it holds or the time is over; then throws. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it did not become so within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINING_FUNCTION, STOPPED_TRAIL } from '../../../sandbox/aws/seed/names.ts';
import { HOME_REGION, HUB_CREDENTIALS, QUEUE_NAME, SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import { ACTIONS } from '../../../src/actions/registry.generated.ts';
import { registryOf } from '../../../src/actions/registry.ts';
import { openQueue } from '../../../src/aws/queue-consumer.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { vote } from '../../../src/flow/approve.ts';
import { propose, requestPlan, requestRollback } from '../../../src/flow/propose.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { requestApproval } from '../../../src/flow/request-approval.ts';
import { stepsOf } from '../../../src/flow/steps.ts';
import { openPlaybooks } from '../../../src/playbooks/load.ts';
import type { Deps } from '../../../src/ports.ts';
import { projectRoot } from '../../../src/project-root.ts';
import { openSandbox, type Sandbox, SELF } from '../../support/contract/sandbox.ts';
import { deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import { ALICE, flowWorld, RINA, testSettings } from '../../support/flow-world.ts';
import { memoryStore } from '../../support/memory-store.ts';

const TRAIL = `trails/${STOPPED_TRAIL.name}`;
const FUNCTION = `functions/${MINING_FUNCTION.name}`;

let sandbox: Sandbox;
let deps: Deps;

/** The real flow, playbooks and actions, over the simulated organisation. */
beforeEach(async () => {
  sandbox = await openSandbox();
  const world = flowWorld(await memoryStore());
  world.settings = testSettings((file) => {
    file.accounts.push({ id: MINING_FUNCTION.account, alias: 'prod-web', environment: 'prod', owners: [ALICE.id] });
    for (const account of file.accounts) account.act = true;
  });
  const actions = registryOf(ACTIONS);
  const directories = [join(projectRoot(import.meta.url), 'playbooks')];
  const playbooks = openPlaybooks({ directories, actions: actions.list().map(({ id }) => id) });
  const timing = { ...world.deps.timing, settleMilliseconds: 2_000 };
  const lastGood = { ...world.deps.lastGood, playbooks: playbooks.current };
  deps = { ...world.deps, playbooks, lastGood, actions, sessions: sandbox.sessions, self: SELF, timing };
});
afterEach(() => sandbox.close());

/** Fires a scenario and takes in what it sent through the queue. */
async function arrive(scenario: string, overrides: JsonObject = {}): Promise<void> {
  await sandbox.control('POST', `scenarios/${scenario}`, overrides);
  const options = { homeRegion: HOME_REGION, endpoint: sandbox.endpoint, credentials: HUB_CREDENTIALS };
  const queueUrl = `${sandbox.endpoint}/${SECURITY_ACCOUNT}/${QUEUE_NAME}`;
  const queue = openQueue({ ...options, queueUrl, waitSeconds: 0 });
  for (const message of await queue.receive(new AbortController().signal)) await deliver(deps, message.body);
  queue.close();
}

async function runnable(stepId: string) {
  const found = (await stepsOf(deps, await onlyIncident(deps))).filter((step) => step.stepId === stepId);
  return found.find((step) => step.runnable);
}

async function planOf(stepId: string): Promise<string> {
  const step = await runnable(stepId);
  if (!step) throw new Error(`${stepId} does not run`);
  const incident = await onlyIncident(deps);
  const request = { incidentId: incident.id, stepId, findingKey: step.findingKey, viewId: null };
  const run = unwrap(await requestPlan(deps, RINA, request));
  await propose(deps, run.id);
  return run.id;
}

async function made(runId: string): Promise<Plan> {
  const run = await deps.store.read.runs.get(runId);
  if (!run?.plan) throw new Error(`there is no plan: ${run?.state}`);
  return run.plan;
}

/** Asks, approves as the account's owner, runs; gives the state that the run ends in. */
async function carryOut(runId: string): Promise<string | undefined> {
  const planHash = (await deps.store.read.runs.get(runId))?.planHash ?? '';
  const { id } = unwrap(await requestApproval(deps, RINA, { runId, planHash, reason: 'it is real' }));
  unwrap(await vote(deps, ALICE, { approvalId: id, planHash, decision: 'approve', reason: 'yes' }));
  await remediate(deps, runId);
  return (await deps.store.read.runs.get(runId))?.state;
}

const inAws = (account: string, path: string) => sandbox.control('GET', `state/${account}/${HOME_REGION}/${path}`);

describe('a stopped trail', () => {
  it('is named by the finding, started under an approval, and cannot be stopped again by Cordon', async () => {
    await arrive('trail-stopped');
    expect(await runnable('restart-last')).toBeUndefined();
    const runId = await planOf('restart');
    expect((await made(runId)).summary).toBe('Start the logging of trail payments-audit in eu-west-1');
    expect(await carryOut(runId)).toBe('verified');
    expect(await inAws(STOPPED_TRAIL.account, TRAIL)).toMatchObject({ IsLogging: true });

    const back = unwrap(await requestRollback(deps, RINA, { runId, viewId: null }));
    await propose(deps, back.id);
    expect((await deps.store.read.runs.get(back.id))?.state).toBe('refused');
  });

  it('is found when the finding does not name it', async () => {
    await arrive('trail-stopped', { named: false });
    expect(await runnable('restart')).toBeUndefined();
    expect((await made(await planOf('restart-last'))).target.id).toBe(STOPPED_TRAIL.name);
  });
});

describe('a function that mines', () => {
  it('is throttled under its owner’s approval, nothing of its environment is kept, and it runs again when that is undone', async () => {
    await arrive('mining-function');
    const runId = await planOf('throttle');
    expect((await made(runId)).blastRadius.join(' ')).toMatch(/image-jobs.*everybody can call.*s3\.amazonaws\.com/);
    expect(await carryOut(runId)).toBe('verified');
    expect(await inAws(MINING_FUNCTION.account, FUNCTION)).toMatchObject({ ReservedConcurrentExecutions: 0 });

    const back = unwrap(await requestRollback(deps, RINA, { runId, viewId: null }));
    await propose(deps, back.id);
    expect(await carryOut(back.id)).toBe('verified');
    expect(await inAws(MINING_FUNCTION.account, FUNCTION)).toMatchObject({ ReservedConcurrentExecutions: 25 });
    const kept = [await deps.store.read.runs.get(runId), await deps.store.read.journal.ofRun(runId)];
    expect(JSON.stringify(kept)).not.toContain('sandbox-not-a-real-password');
  });

  it('says as which role it runs, so that the sessions of the role can be ended', async () => {
    await arrive('mining-function');
    expect((await runnable('sessions'))?.target).toBe(MINING_FUNCTION.role);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Child } from '../../../sandbox/launcher/child.ts';
import type { Approval } from '../../../src/domain/approval.ts';
import type { Repositories } from '../../../src/ports.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { approvalPending, deliver } from '../../support/flow-steps.ts';
import { flowWorld, guardDutyEvent } from '../../support/flow-world.ts';
import { until } from '../../support/poll.ts';
import { present, QUIET } from '../../support/rows.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../support/sandbox-processes.ts';
import { startPostgres, type TestServer } from '../../support/servers.ts';
import { storyOf } from '../../support/story.ts';

const PAIRS = 200;
const ALICE = 'U0ALICE0001';
const BO = 'U0BO0000001';

/** One database with two bot processes on it, and a look into it. */
interface Deployment {
  readonly sandbox: Sandbox;
  readonly replica: Child;
  readonly store: OpenStore;
}

let server: TestServer | undefined;
let running: Deployment | undefined;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

async function startDeployment(database: string, options: SandboxOptions): Promise<Deployment> {
  const url = await freshDatabase(present(server).url, database);
  const sandbox = await startSandbox({ ...options, environment: { DATABASE_URL: url } });
  const replica = await sandbox.startReplica();
  return { sandbox, replica, store: await openStore({ kind: 'postgres', url }, QUIET) };
}

async function stopDeployment(): Promise<void> {
  await running?.store.close();
  await running?.sandbox.close();
}

async function freshDatabase(url: string, name: string): Promise<string> {
  const admin = await openStore({ kind: 'postgres', url }, QUIET);
  await admin.pool.query(`CREATE DATABASE ${name}`);
  await admin.close();
  const at = new URL(url);
  at.pathname = `/${name}`;
  return at.href;
}

const Deliveries = z.object({
  deliveries: z.array(z.object({ connection: z.number(), outcome: z.string(), payload: z.looseObject({}) })),
});

describe('two bot processes on one database and one Slack', () => {
  beforeAll(async () => {
    // Without workers, so that nothing but the decisions happens.
    running = await startDeployment('races', { workers: [] });
    await control('POST', 'limits', { enabled: false });
  }, 120_000);
  afterAll(stopDeployment, 60_000);

  it(`approve and deny of the same plan at the same moment, ${PAIRS} times: one outcome each, and the records agree`, {
    timeout: 240_000,
  }, async () => {
    const { sandbox, replica, store } = present(running);
    const { deps } = flowWorld(store);
    const waiting: Approval[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) waiting.push(await pending(deps, pair));
    const counts = { approved: 0, denied: 0 };
    const began = performance.now();
    for (const [pair, approval] of waiting.entries()) {
      const presses = [
        () => press(ALICE, approval, 'approve', `${pair}.1`),
        () => press(BO, approval, 'deny', `${pair}.2`),
      ];
      // Each is sent first as often as the other, and on either connection: Slack takes them in turn.
      await Promise.all((pair % 4 < 2 ? presses : presses.toReversed()).map((send) => send()));
      counts[await outcomeOf(store.read, approval)] += 1;
    }
    const took = performance.now() - began;
    const taken = await takenBy();
    process.stdout.write(
      `${PAIRS} races on the processes ${sandbox.product().pid} and ${replica.pid}: ${counts.approved} approved, ${counts.denied} denied, ` +
        `one outcome each; presses by connection ${JSON.stringify(taken)}; ${Math.round(took / PAIRS)} ms a race\n`,
    );
    expect(counts.approved + counts.denied).toBe(PAIRS);
    expect(Math.min(counts.approved, counts.denied)).toBeGreaterThan(0);
    expect(Object.keys(taken)).toHaveLength(2);
    expect(Math.min(...Object.values(taken))).toBeGreaterThan(PAIRS / 2);
  });
});

describe('one of two bot processes that do all the work is killed in the middle of the story', () => {
  beforeAll(async () => {
    running = await startDeployment('kills', {});
  }, 120_000);
  afterAll(stopDeployment, 60_000);

  it('the other takes the clicks, takes up the run that the dead one held, and ends it verified', {
    timeout: 240_000,
  }, async () => {
    const { sandbox, replica, store } = present(running);
    const story = storyOf(sandbox);
    await story.fire('command-and-control');
    const card = await story.card('Machine talks', 'prod-data');
    const request = await story.askFor(card, 'Isolate');
    // AWS does the second step and its answer is lost, so that the run is still under way when its process dies.
    await story.fault({ service: 'ec2', operation: '*', kind: 'timeout-after', skip: 1, times: 1 });
    await story.decide(request, 'alice');
    const holder = await until('a process to hold the run', async () => {
      const { rows } = await store.pool.query("SELECT lease_owner FROM cordon.run WHERE state = 'executing'");
      return z.string().optional().parse(rows[0]?.['lease_owner'])?.split('.').at(-2);
    });
    await until('the second step', async () => (await effects()).length === 2);
    const [dead, alive] = Number(holder) === replica.pid ? [replica, sandbox.product()] : [sandbox.product(), replica];
    expect(dead.pid).toBe(Number(holder));
    dead.process.kill('SIGKILL');
    await dead.ended;
    await story.clearFaults();
    const result = await story.inThread(card, ['RUN-', 'DONE', 'verified']);
    expect(new Set(await effects()).size).toBe((await effects()).length);
    const undo = await story.askRollBack(card, result);
    await story.decide(undo, 'bo');
    await story.decide(undo, 'alice');
    await story.inThread(card, ['Roll back:', 'verified']);
    process.stdout.write(
      `killed ${dead.pid} while it held the run; ${alive.pid} ended it verified and rolled it back\n`,
    );
    expect(alive.process.exitCode).toBeNull();

    async function effects(): Promise<readonly string[]> {
      return (await story.awsLog())
        .filter((call) => call.service === 'ec2' && call.write && call.effect)
        .map((call) => `${call.operation} ${call.seq}`);
    }
  });
});

/** A request of its own incident: another instance each time. */
async function pending(deps: Parameters<typeof deliver>[0], number: number): Promise<Approval> {
  const instanceId = `i-${number.toString(16).padStart(17, '0')}`;
  await deliver(deps, guardDutyEvent({ id: number.toString(16).padStart(32, '0'), instanceId }));
  const [incident] = await deps.store.read.incidents.list({ limit: 1 });
  return approvalPending(deps, present(incident));
}

/** A person presses Decide in the review window; Slack hands it to one of its connections. */
async function press(person: string, approval: Approval, decision: 'approve' | 'deny', nonce: string): Promise<void> {
  const user = { id: person, username: person.toLowerCase(), name: person.toLowerCase(), team_id: 'T0ACMESBX' };
  const payload = {
    type: 'view_submission',
    team: { id: 'T0ACMESBX', domain: 'acme-sandbox' },
    user,
    api_app_id: 'A0CORDON001',
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: nonce,
    view: {
      id: `V${nonce.replaceAll('.', '')}`,
      hash: `1.${nonce}`,
      type: 'modal',
      callback_id: 'cordon.review',
      private_metadata: JSON.stringify({ approvalId: approval.id, planHash: approval.planHash }),
      state: {
        values: {
          decision: { decision: { type: 'radio_buttons', selected_option: { value: decision } } },
          reason: { reason: { type: 'plain_text_input', value: 'checked against the ticket' } },
        },
      },
    },
  };
  await control('POST', 'raw-interaction', { payload });
}

/** Waits until both presses have been answered, and gives what all records of the request agree on. */
async function outcomeOf(read: Repositories, approval: Approval): Promise<'approved' | 'denied'> {
  const events = await until(`both answers to ${approval.id}`, async () => {
    const rows = await read.audit.ofSubject(`approval:${approval.id}`, 50);
    const names = rows.map((row) => row.event);
    return names.filter((name) => name === 'approval.voted' || name === 'approval.refused').length === 2 && names;
  });
  const state = (await read.approvals.get(approval.id))?.state;
  const granted = state === 'approved';
  expect([state, (await read.runs.get(approval.runId))?.state]).toEqual(
    granted ? ['approved', 'approved'] : ['denied', 'cancelled'],
  );
  expect((await read.votes.ofApproval(approval.id)).map((vote) => vote.decision)).toEqual([
    granted ? 'approve' : 'deny',
  ]);
  expect(events.filter((event) => event === 'approval.granted' || event === 'approval.denied')).toEqual([
    granted ? 'approval.granted' : 'approval.denied',
  ]);
  return granted ? 'approved' : 'denied';
}

/** How many presses each connection took. */
async function takenBy(): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const { deliveries } = Deliveries.parse(await control('GET', 'deliveries'));
  for (const { connection, outcome, payload } of deliveries)
    if (outcome === 'acked' && payload['type'] === 'view_submission')
      counts[connection] = (counts[connection] ?? 0) + 1;
  return counts;
}

async function control(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${present(running).sandbox.slack.control}/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return answer.json();
}

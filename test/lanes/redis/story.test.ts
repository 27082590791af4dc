import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLEET, instanceId } from '../../../sandbox/aws/seed/names.ts';
import { WORKERS, type WorkerName } from '../../../workers/work.ts';
import { until } from '../../support/poll.ts';
import { present } from '../../support/rows.ts';
import { type Sandbox, startSandbox } from '../../support/sandbox-processes.ts';
import { startPostgres, startRedis, type TestServer } from '../../support/servers.ts';
import { type Story, storyOf } from '../../support/story.ts';
import { storySuite } from '../../support/suites/story.ts';

/** When each worker is killed: before the finding comes, while the plan is asked for, or in the middle of the change in AWS. */
const KILLED: Readonly<Record<WorkerName, 'finding' | 'plan' | 'change'>> = {
  ingest: 'finding',
  triage: 'finding',
  notify: 'finding',
  propose: 'plan',
  remediate: 'change',
  sweep: 'change',
};
const STEPS_BEFORE_KILL = 3;
const STEPS = 9;

let servers: readonly TestServer[] = [];
let sandbox: Sandbox | undefined;
let story: Story;
beforeAll(async () => {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  servers = [postgres, redis];
  sandbox = await startSandbox({
    environment: { DATABASE_URL: postgres.url, REDIS_URL: redis.url },
    workers: WORKERS,
  });
  story = storyOf(sandbox);
}, 90_000);
afterAll(async () => {
  await sandbox?.close();
  for (const server of servers) await server.stop();
}, 60_000);

describe('with the queue in Redis, the records in PostgreSQL and each worker a process of its own', () => {
  it('is so many processes, none of which works for another', () => {
    const pids = present(sandbox).pids();
    process.stdout.write(`processes: ${JSON.stringify(pids)}\n`);
    expect(new Set(Object.keys(pids))).toEqual(new Set(['bot', ...WORKERS]));
    expect(new Set(Object.values(pids)).size).toBe(1 + WORKERS.length);
  });

  it('tells by its metrics that each of them is there', async () => {
    const metrics = await (await fetch(`${present(sandbox).http}/metrics`)).text();
    expect(metrics).toContain('cordon_processes{kind="bot",slack="connected"} 1');
    expect(metrics).toContain(`cordon_processes{kind="worker",slack="none"} ${WORKERS.length}`);
  });

  storySuite(() => present(sandbox));

  it.each(WORKERS.map((worker, index) => ({ worker, index })))(
    'a $worker worker killed in the middle of the story costs time and nothing else',
    { timeout: 150_000 },
    async ({ worker, index }) => {
      const target = present(FLEET[index + 1]);
      const id = instanceId(target.account, target.name);
      const before = (await story.awsLog()).at(-1)?.seq ?? 0;
      const effects = async () =>
        (await story.awsLog()).filter(
          (call) => call.seq > before && call.service === 'ec2' && call.write && call.effect,
        );

      const { killWorker, startWorker } = present(sandbox);
      if (KILLED[worker] === 'finding') await killWorker(worker);
      await story.fire('command-and-control', { account: target.account, instanceId: id });
      if (KILLED[worker] === 'finding') await startWorker(worker);
      const card = await story.card('Machine talks', id);
      const asking = story.askFor(card, 'Isolate');
      if (KILLED[worker] === 'plan') await killWorker(worker);
      if (KILLED[worker] === 'plan') await startWorker(worker);
      const request = await asking;
      if (KILLED[worker] === 'change')
        await story.fault({ service: 'ec2', operation: '*', kind: 'timeout-after', skip: STEPS_BEFORE_KILL, times: 1 });
      await story.decide(request, 'alice');
      if (KILLED[worker] === 'change') {
        await until('the change to be under way', async () => (await effects()).length > STEPS_BEFORE_KILL);
        await killWorker(worker);
        await story.clearFaults();
        await startWorker(worker);
      }
      await story.inThread(card, ['RUN-', 'DONE', 'verified']);
      expect(await effects()).toHaveLength(STEPS);
    },
  );
});

/**
 * How much of the queue's own speed is left when every job is a recorded change: raw (jobs added in batches, an empty handler) against the pipeline (a transaction
 * with a stored message, its audit row and its outbox row; relay; the handler reads the row). Both in one run, since machines differ: read the ratio.
 * `tsx scripts/bench/queue.ts [jobs]`, embedded database in a scratch folder; DATABASE_URL and REDIS_URL are used when they are set.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM } from '../../src/domain/audit.ts';
import { type Jobs, openJobs } from '../../src/queue/jobs.ts';
import { startRelay } from '../../src/queue/relay.ts';
import { startWorkers } from '../../src/queue/workers.ts';
import { type OpenStore, openStore } from '../../src/store/store.ts';

const JOBS = Number(process.argv[2] ?? 1_000);
const WRITERS = 4;
const BODY = JSON.stringify({ detail: { description: 'x'.repeat(3_500) } });
const LOG = { debug() {}, info() {}, warn: console.error, error: console.error };
const databaseUrl = process.env['DATABASE_URL'];
const redisUrl = process.env['REDIS_URL'];

const directory = mkdtempSync(join(tmpdir(), 'cordon-bench-'));
const store = await openStore(
  databaseUrl ? { kind: 'postgres', url: databaseUrl } : { kind: 'embedded', directory },
  LOG,
);
const jobs = await openJobs(redisUrl ? { kind: 'redis', url: redisUrl } : { kind: 'sql', pool: store.pool }, LOG);
try {
  const raw = await perSecond(() => rawQueue(jobs));
  const pipeline = await perSecond(() => wholePipeline(store, jobs));
  const where = `${databaseUrl ? 'PostgreSQL' : 'embedded database'}, queue in ${redisUrl ? 'Redis' : 'the same'}`;
  console.log(`${JOBS} jobs, ${where}`);
  console.log(`raw queue  ${raw.toFixed(0)} jobs/s`);
  console.log(`pipeline   ${pipeline.toFixed(0)} jobs/s, ${(pipeline / raw).toFixed(2)} of the raw queue`);
} finally {
  await jobs.close();
  await store.close();
  rmSync(directory, { recursive: true, force: true });
}

async function perSecond(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (JOBS * 1_000) / (performance.now() - start);
}

/** Resolves when the queue `triage` has done all jobs. */
async function withWorkers(
  queues: Jobs,
  handle: (id: string) => Promise<void>,
  produce: () => Promise<void>,
): Promise<void> {
  let done = 0;
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const count = async (id: string): Promise<void> => {
    await handle(id);
    done += 1;
    if (done === JOBS) finish();
  };
  const workers = startWorkers(
    queues,
    ['triage'],
    { triage: count, notify: count, propose: count, remediate: count, sweep: count },
    LOG,
  );
  await Promise.all([produce(), finished]);
  await workers.close();
}

function rawQueue(queues: Jobs): Promise<void> {
  return withWorkers(
    queues,
    async () => undefined,
    async () => {
      for (let from = 0; from < JOBS; from += 100) {
        const batch = Array.from({ length: Math.min(100, JOBS - from) }, (_, at) => `raw.${from + at}`);
        await queues.wake(batch.map((id) => ({ queue: 'triage', dedup: id, id })));
      }
    },
  );
}

async function wholePipeline(records: OpenStore, queues: Jobs): Promise<void> {
  const relay = startRelay(records, queues, LOG);
  await withWorkers(
    queues,
    async (id) => void (await records.read.deliveries.get(id)),
    async () => {
      const numbers = Array.from({ length: JOBS }, (_, at) => at).values();
      await Promise.all(Array.from({ length: WRITERS }, () => storeEach(records, numbers)));
    },
  );
  await relay.stop();
}

async function storeEach(records: OpenStore, numbers: IterableIterator<number>): Promise<void> {
  for (const number of numbers) {
    const id = `DLV-${number}`;
    await records.tx(async (tx) => {
      await tx.deliveries.insert({ id, transport: 'cli', transportId: id, body: `${number} ${BODY}` });
      await tx.outbox.add({ topic: 'triage', dedup: `triage.${id}`, subjectId: id });
      await tx.audit.append({
        event: 'delivery.received',
        actor: SYSTEM,
        subject: `delivery:${id}`,
        details: { number },
      });
    });
  }
}

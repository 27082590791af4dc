/** Takes a job and never ends it. Arguments: `embedded DIRECTORY`, `postgres URL` or `redis URL`; and the job's subject, which it adds itself. */
import type { QueueConfig } from '../../../src/queue/backend.ts';
import { openJobs } from '../../../src/queue/jobs.ts';
import { startWorkers } from '../../../src/queue/workers.ts';
import { openStore } from '../../../src/store/store.ts';
import { QUIET } from '../rows.ts';

const [kind, where = '', id = ''] = process.argv.slice(2);

async function config(): Promise<QueueConfig> {
  if (kind === 'redis') return { kind: 'redis', url: where };
  const store = await openStore(
    kind === 'postgres' ? { kind, url: where } : { kind: 'embedded', directory: where },
    QUIET,
  );
  return { kind: 'sql', pool: store.pool };
}

const jobs = await openJobs(await config(), QUIET);
const hold = async (subject: string): Promise<void> => {
  console.log('taken', subject);
  await new Promise(() => setInterval(() => undefined, 1_000));
};
startWorkers(jobs, ['remediate'], { triage: hold, notify: hold, propose: hold, remediate: hold, sweep: hold }, QUIET);
await jobs.wake([{ queue: 'remediate', dedup: `remediate.${id}`, id }]);

import { expect } from 'vitest';
import type { QueueConfig } from '../../src/queue/backend.ts';
import { openJobs } from '../../src/queue/jobs.ts';
import { startWorkers } from '../../src/queue/workers.ts';
import { startChild } from './child.ts';
import { fresh, QUIET, until } from './rows.ts';

/** A worker's process is killed with a job in hand: another takes the job up, much sooner than BullMQ's own minute. `open` is called after the kill. */
export async function jobOfKilledWorkerIsDone(
  child: readonly [kind: string, where: string],
  open: () => Promise<QueueConfig>,
): Promise<void> {
  const id = fresh('RUN');
  const holder = startChild('hold-job.ts', [...child, id]);
  try {
    await holder.line(`taken ${id}`, 30_000);
  } finally {
    await holder.end('SIGKILL');
  }
  const jobs = await openJobs(await open(), QUIET);
  const seen: string[] = [];
  const see = async (subject: string): Promise<void> => void seen.push(subject);
  const workers = startWorkers(
    jobs,
    ['remediate'],
    { triage: see, notify: see, propose: see, remediate: see, sweep: see },
    QUIET,
  );
  try {
    await until(() => seen.includes(id), 30_000);
  } finally {
    await workers.close();
    await jobs.close();
  }
  expect(seen).toEqual([id]);
}

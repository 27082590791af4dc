import { expect, test } from 'vitest';
import { CordonError } from '../../../src/domain/errors.ts';
import type { Backend, Counts, WorkerEvents } from '../../../src/queue/backend.ts';
import type { Jobs } from '../../../src/queue/jobs.ts';
import { startWorkers } from '../../../src/queue/workers.ts';
import { QUIET, until } from '../../support/rows.ts';

interface Made {
  readonly work: (data: unknown) => Promise<void>;
  readonly events: WorkerEvents;
  closedBy: boolean | undefined;
}

const IDLE: Counts = { waiting: 0, active: 0, delayed: 0, failed: 0 };

/** A queue whose workers take nothing by themselves. */
function still(counts: Counts) {
  const made: Made[] = [];
  const backend: Backend = {
    queue: () => {
      throw new Error('not used');
    },
    worker(_, work, events) {
      const one: Made = { work, events, closedBy: undefined };
      made.push(one);
      return {
        drain: async () => undefined,
        close: async (force) => {
          one.closedBy = force;
        },
      };
    },
    close: async () => undefined,
  };
  const jobs: Pick<Jobs, 'backend' | 'counts'> = {
    backend,
    counts: async () => ({ triage: counts, notify: IDLE, propose: IDLE, remediate: IDLE, sweep: IDLE }),
  };
  return { made, jobs };
}

const nothing = async (): Promise<void> => undefined;
const HANDLERS = { triage: nothing, notify: nothing, propose: nothing, remediate: nothing, sweep: nothing };

test('a worker that takes nothing although jobs wait is made anew; if that does not help, it is told', async () => {
  const { made, jobs } = still({ ...IDLE, waiting: 5 });
  const wedged: string[] = [];
  const workers = startWorkers(jobs, ['triage'], HANDLERS, QUIET, {
    stuckAfterMs: 20,
    lookEveryMs: 5,
    onWedged: (queue) => wedged.push(queue),
  });
  await until(() => wedged.length > 0);
  expect(made.length).toBeGreaterThanOrEqual(3);
  expect(made[0]?.closedBy).toBe(true);
  expect(wedged[0]).toBe('triage');
  expect(workers.stuck()).toEqual(['triage']);
  await made.at(-1)?.work({ id: 'delivery-1' });
  expect(workers.stuck()).toEqual([]);
  await workers.close();
  expect(made.at(-1)?.closedBy).toBe(false);
});

test('a worker with nothing to do is left alone', async () => {
  const { made, jobs } = still(IDLE);
  let looks = 0;
  const counts = () => {
    looks += 1;
    return jobs.counts();
  };
  const workers = startWorkers({ ...jobs, counts }, ['triage'], HANDLERS, QUIET, {
    stuckAfterMs: 1,
    lookEveryMs: 2,
  });
  await until(() => looks > 5);
  await workers.close();
  expect(made).toHaveLength(1);
});

test('what failed is logged with its subject, and the queue learns the code alone', async () => {
  const { made, jobs } = still(IDLE);
  const logged: { readonly level: string; readonly fields: object }[] = [];
  const log = {
    ...QUIET,
    warn: (fields: object) => logged.push({ level: 'warn', fields }),
    error: (fields: object) => logged.push({ level: 'error', fields }),
  };
  const fails = () => Promise.reject(new CordonError('assume_role_denied', 'canary', { hint: 'Deploy it' }));
  const workers = startWorkers(jobs, ['propose'], { ...HANDLERS, propose: fails }, log);
  const one = made[0];
  const error = await one?.work({ id: 'RUN-1' }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: 'assume_role_denied' });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('canary');
  if (!(error instanceof Error)) throw new Error('expected an error');
  one?.events.failed({ id: 'RUN-1' }, { attempt: 1, last: false, error });
  one?.events.failed({ id: 'RUN-1' }, { attempt: 6, last: true, error });
  expect(logged).toMatchObject([
    {
      level: 'warn',
      fields: {
        queue: 'propose',
        subject: 'RUN-1',
        attempt: 1,
        code: 'assume_role_denied',
        hint: 'Deploy it',
        err: 'canary',
      },
    },
    { level: 'error', fields: { subject: 'RUN-1', attempt: 6 } },
  ]);
  await workers.close();
});

test('when one worker is stuck, those that have nothing to do are made anew with it', async () => {
  const { made, jobs } = still(IDLE);
  const counts = async () => ({ ...(await jobs.counts()), triage: { ...IDLE, waiting: 5 } });
  const workers = startWorkers({ ...jobs, counts }, ['triage', 'notify'], HANDLERS, QUIET, {
    stuckAfterMs: 20,
    lookEveryMs: 5,
  });
  await until(() => made.length >= 4);
  await workers.close();
  expect(made.slice(0, 2).map(({ closedBy }) => closedBy)).toEqual([true, true]);
});

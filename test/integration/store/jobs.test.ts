import { afterAll, beforeAll, describe } from 'vitest';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { present, QUIET } from '../../support/rows.ts';
import { jobsSuite } from '../../support/suites/jobs.ts';

describe('the queue on the embedded database', () => {
  let store: OpenStore | undefined;
  const open = (): OpenStore => present(store);
  beforeAll(async () => {
    store = await openStore({ kind: 'memory' }, QUIET);
  });
  afterAll(() => store?.close());

  jobsSuite({
    store: open,
    config: () => ({ kind: 'sql', pool: open().pool }),
    dump: async () => JSON.stringify((await open().pool.query('SELECT * FROM bullmq.job')).rows),
  });
});

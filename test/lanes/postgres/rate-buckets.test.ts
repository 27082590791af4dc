import { afterAll, beforeAll, describe } from 'vitest';
import { rateBuckets } from '../../../src/rate-buckets.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { present, QUIET } from '../../support/rows.ts';
import { startPostgres, type TestServer } from '../../support/servers.ts';
import { sharedBuckets } from '../../support/suites/rate-buckets.ts';

describe('rate counters in PostgreSQL', () => {
  let server: TestServer | undefined;
  let stores: readonly OpenStore[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    const { url } = server;
    stores = [await openStore({ kind: 'postgres', url }, QUIET), await openStore({ kind: 'postgres', url }, QUIET)];
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await server?.stop();
  });

  const buckets = (which: number) => rateBuckets({ kind: 'postgres', pool: present(stores[which]).pool });
  sharedBuckets(() => [buckets(0), buckets(1)]);
});

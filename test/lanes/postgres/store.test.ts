import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { jobOfKilledWorkerIsDone } from '../../support/killed-worker.ts';
import { present, QUIET, someFinding, until } from '../../support/rows.ts';
import { startPostgres, type TestServer } from '../../support/servers.ts';
import { accountsSuite } from '../../support/suites/accounts.ts';
import { jobsSuite } from '../../support/suites/jobs.ts';
import { messagesSuite } from '../../support/suites/messages.ts';
import { operationsSuite } from '../../support/suites/operations.ts';
import { poolContract } from '../../support/suites/pool-contract.ts';
import { recordsSuite } from '../../support/suites/records.ts';
import { runsSuite } from '../../support/suites/runs.ts';
import { transactionsSuite } from '../../support/suites/transactions.ts';

describe('the store and the queue on PostgreSQL', () => {
  let server: TestServer | undefined;
  let store: OpenStore | undefined;
  const open = (): OpenStore => present(store);
  beforeAll(async () => {
    server = await startPostgres();
    // Two processes that start together on an empty database.
    const both = await Promise.all([1, 2].map(() => openStore({ kind: 'postgres', url: present(server).url }, QUIET)));
    await present(both[1]).close();
    store = both[0];
  });
  afterAll(async () => {
    await store?.close();
    await server?.stop();
  });

  poolContract(() => open().pool);
  transactionsSuite(open);
  recordsSuite(open);
  accountsSuite(open);
  operationsSuite(open);
  runsSuite(open);
  messagesSuite(open);
  jobsSuite({
    store: open,
    config: () => ({ kind: 'sql', pool: open().pool }),
    dump: async () => JSON.stringify((await open().pool.query('SELECT * FROM bullmq.job')).rows),
  });

  it('goes on after two transactions have stood in each other’s way', async () => {
    const [a, b] = [someFinding(), someFinding()];
    await open().tx(async (tx) => {
      for (const finding of [a, b]) await tx.findings.put(finding, null);
    });
    let tries = 0;
    let held = 0;
    const crossing = (first: string, second: string) =>
      open().tx(async (tx) => {
        tries += 1;
        await tx.findings.lock(first);
        held += 1;
        if (held <= 2) await until(() => held >= 2);
        await tx.findings.lock(second);
      });
    await Promise.all([crossing(a.key, b.key), crossing(b.key, a.key)]);
    expect(tries).toBeGreaterThan(2);
  });

  it('has a job of a killed process done by another', () =>
    jobOfKilledWorkerIsDone(['postgres', present(server).url], async () => ({ kind: 'sql', pool: open().pool })));

  it('goes on after the server was restarted', async () => {
    await present(server).restart();
    await until(async () =>
      open()
        .check()
        .then(
          () => true,
          () => false,
        ),
    );
    const finding = someFinding();
    await open().tx((tx) => tx.findings.put(finding, null));
    expect((await open().read.findings.get(finding.key))?.finding).toEqual(finding);
  });
});

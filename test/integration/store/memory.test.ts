import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maintain } from '../../../src/store/maintenance.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { fresh, present, QUIET } from '../../support/rows.ts';
import { accountsSuite } from '../../support/suites/accounts.ts';
import { messagesSuite } from '../../support/suites/messages.ts';
import { operationsSuite } from '../../support/suites/operations.ts';
import { poolContract } from '../../support/suites/pool-contract.ts';
import { recordsSuite } from '../../support/suites/records.ts';
import { runsSuite } from '../../support/suites/runs.ts';
import { transactionsSuite } from '../../support/suites/transactions.ts';

describe('the store on the embedded database in memory', () => {
  let store: OpenStore | undefined;
  const open = (): OpenStore => present(store);
  beforeAll(async () => {
    store = await openStore({ kind: 'memory' }, QUIET);
  });
  afterAll(() => store?.close());

  poolContract(() => open().pool);
  transactionsSuite(open);
  recordsSuite(open);
  accountsSuite(open);
  operationsSuite(open);
  runsSuite(open);
  messagesSuite(open);

  it('is kept tidy: what was handed on long ago and what nobody needs to remember goes', async () => {
    const [old, recent, unsent] = [fresh('triage.D'), fresh('triage.D'), fresh('triage.D')];
    await open().tx(async (tx) => {
      for (const dedup of [old, recent, unsent]) await tx.outbox.add({ topic: 'triage', dedup, subjectId: 'D' });
    });
    const sentAgo = (dedup: string, days: number) =>
      open().pool.query(
        'UPDATE cordon.outbox SET sent_at = now() - make_interval(days => $2), created_at = now() WHERE dedup = $1',
        [dedup, days],
      );
    await sentAgo(old, 8);
    await sentAgo(recent, 6);
    await maintain(open().pool, true);
    const { rows } = await open().pool.query('SELECT dedup FROM cordon.outbox WHERE dedup = ANY ($1) ORDER BY id', [
      [old, recent, unsent],
    ]);
    expect(rows.map(({ dedup }) => dedup)).toEqual([recent, unsent]);
  });
});

import { afterAll, beforeAll, describe } from 'vitest';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { present, QUIET } from '../../support/rows.ts';
import { messagesSuite } from '../../support/suites/messages.ts';
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
  runsSuite(open);
  messagesSuite(open);
});

/**
 * Claims runs as a worker does, many at the same moment, when told to go. Arguments: the database's address, how many percent of the accounts one action may touch,
 * and the runs.
 */
import { once } from 'node:events';
import { claim } from '../../../src/flow/claim.ts';
import { openStore } from '../../../src/store/store.ts';
import { manyAccounts } from '../cap-runs.ts';
import { flowWorld } from '../flow-world.ts';
import { QUIET } from '../rows.ts';

/** Fewer than the store's sessions, each of which a claim may wait for. */
const AT_ONCE = 10;

const [url = '', percent = '', ...runs] = process.argv.slice(2);
const store = await openStore({ kind: 'postgres', url }, QUIET);
const world = flowWorld(store);
world.settings = manyAccounts(Number(percent));
console.log('ready');
await once(process.stdin, 'data');
const left = [...runs];
const work = async (): Promise<void> => {
  for (let id = left.shift(); id !== undefined; id = left.shift())
    await claim({ ...world.deps, processId: `process-${process.pid}` }, id);
};
await Promise.all(Array.from({ length: AT_ONCE }, work));
console.log(`claimed ${runs.length}`);
await store.close();
process.exit(0);

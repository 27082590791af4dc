import { openStore } from '../../src/store/store.ts';
import { recordedJournals, replay } from '../support/journals.ts';
import { withDatabase } from './support/backup.ts';
import { defineFault } from './support/fault.ts';
import type { Verdict } from './support/judge.ts';

const JOURNALS = recordedJournals();
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

export default defineFault({
  id: 'F25',
  title: 'journals and requests that an earlier version left go on in this one',
  engines: ['pglite', 'redis'],
  seeds: JOURNALS.length,
  trials: (seeds) => JOURNALS.slice(0, seeds).map(({ name }, seed) => ({ name, seed })),
  async run(bench, { seed }): Promise<Verdict> {
    const journal = JOURNALS[seed];
    if (!journal) throw new Error('there is no such journal');
    return withDatabase(bench, 'recorded', async (config) => {
      const store = await openStore(config, QUIET);
      try {
        const { outcome, why, missing, extra } = await replay(store, journal);
        return {
          acked: 1,
          lost: missing,
          duplicated: extra,
          stuck: outcome === 'different' ? 1 : 0,
          auditGaps: 0,
          recoveryMs: null,
          figures: { 'it went on': outcome === 'same' ? 'as recorded' : `${outcome}: ${why}` },
        };
      } finally {
        await store.close();
      }
    });
  },
});

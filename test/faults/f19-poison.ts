import { z } from 'zod';
import { defineFault, seedsOf } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { findingAbout, inject, someInstance } from './support/trial.ts';

const GOOD = 40;
const Count = z.tuple([z.object({ count: z.coerce.number() })]);

/** What nobody can read. */
function poison(): readonly string[] {
  const good = JSON.parse(findingAbout(someInstance()));
  // Each body is new every time, or it would count as a copy.
  const mark = someInstance();
  return [
    `{"detail-type": "GuardDuty Finding", "id": "${mark}", "detail": {`,
    `${'['.repeat(5_000)}"${mark}"${']'.repeat(5_000)}`,
    JSON.stringify({ ...good, detail: [mark] }),
    mark.repeat(50_000),
    JSON.stringify(`only words, ${mark}`),
  ];
}

export default defineFault({
  id: 'F19',
  title: 'poison among good findings: no JSON, too deep, wrong types, huge',
  engines: ['pglite', 'redis'],
  short: { pglite: 1, redis: 1 },
  seeds: 2,
  trials: seedsOf,
  async run(bench) {
    const bad = poison();
    const count = async (): Promise<number> => {
      const text = "SELECT count(*) FROM cordon.delivery WHERE state = 'quarantined'";
      return Count.parse(await bench.product.tell({ ask: 'sql', text }))[0].count;
    };
    const before = await count();
    let aside = 0;
    const verdict = await disturbedFindings(bench, {
      instances: Array.from({ length: GOOD }, someInstance),
      async prepare() {
        for (const body of bad) await inject(bench, body);
      },
      strike: async () => performance.now(),
      recoveredWhen: 'settled',
    });
    aside = (await count()) - before;
    return {
      ...verdict,
      lost: verdict.lost + Math.max(0, bad.length - aside),
      // The poison is on record as received too.
      auditGaps: Math.max(0, verdict.auditGaps - bad.length),
      figures: { ...verdict.figures, 'put in quarantine': aside },
    };
  },
});

/** Writes pairs of rows into the embedded store and prints a number after each commit, until it is killed. The first argument is the directory. */
import { openStore } from '../../../src/store/store.ts';
import { QUIET, someFinding } from '../rows.ts';

const [directory = '', from = '0'] = process.argv.slice(2);
const store = await openStore({ kind: 'embedded', directory }, QUIET);
console.log('open');
let next = Number(from);
const write = async (): Promise<never> => {
  for (;;) {
    const n = next++;
    await store.tx(async (tx) => {
      await tx.findings.put(someFinding({ key: `a:${n}` }), null);
      await tx.findings.put(someFinding({ key: `b:${n}` }), null);
      await tx.audit.append({
        event: 'finding.stored',
        actor: { kind: 'system', id: 'x' },
        subject: `pair:${n}`,
        details: { n },
      });
      await tx.outbox.add({ topic: 'triage', dedup: `triage.${n}`, subjectId: String(n) });
    });
    process.stdout.write(`ack ${n}\n`);
  }
};
await Promise.all([write(), write(), write()]);

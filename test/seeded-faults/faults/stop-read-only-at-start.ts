import type { SeededFault } from '../fault.ts';

export default {
  id: 'stop-read-only-at-start',
  title: 'Stop switch read only at the start',
  harm: 'Somebody stops Cordon, and the run under way goes on to its last step.',
  edits: [
    {
      file: 'src/flow/execute.ts',
      before: `    if ((await tx.killSwitch.get()).stopped) return { ok: false, result: stopped(index, bench.plan) };
    if (!(await tx.journal.intent(`,
      after: '    if (!(await tx.journal.intent(',
    },
    {
      file: 'src/flow/execute.ts',
      before: `    if ((await tx.killSwitch.get()).stopped) return { ok: false, result: stopped(index, bench.plan) };
    if ((await tx.epoch.get()).sign !== null)`,
      after: '    if ((await tx.epoch.get()).sign !== null)',
    },
  ],
  caughtBy: {
    file: 'test/integration/flow/execute.test.ts',
    test: 'the stop switch > stops a run between two steps',
    assertion: 'expect(world.cloud.writes).toHaveLength(2)',
  },
} satisfies SeededFault;

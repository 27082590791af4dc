import type { SeededFault } from '../fault.ts';

export default {
  id: 'audit-outside-the-transaction',
  title: 'Audit outside the transaction',
  harm: 'While the audit chain cannot be written, AWS is changed all the same, and nobody can say later by whom.',
  edits: [
    {
      file: 'src/flow/execute.ts',
      before: "    const row = await audit(tx, bench, 'run.step-intent', step, index, {});\n",
      after: '',
    },
    {
      file: 'src/flow/execute.ts',
      before: 'return { ok: true, at: performance.now(), end: await assertNotRestored(tx, row, last) };',
      after: 'return { ok: true, at: performance.now() };',
    },
    {
      file: 'src/flow/execute.ts',
      before: '  if (recorded.end) await deps.chainMemory.keep(recorded.end);',
      after: `  if (recorded.ok)
    await deps.store
      .tx(async (tx) => {
        const row = await audit(tx, bench, 'run.step-intent', step, index, {});
        await assertNotRestored(tx, row, last);
      })
      .catch((error: unknown) => deps.log.error({ err: messageOf(error) }, 'the step is not on record'));`,
    },
  ],
  caughtBy: {
    file: 'test/integration/flow/no-record.test.ts',
    test: 'while the audit row cannot be written > a step is not sent to AWS',
    assertion: 'expect(world.cloud.writes).toEqual([])',
  },
} satisfies SeededFault;

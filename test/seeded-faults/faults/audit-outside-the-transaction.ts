import type { SeededFault } from '../fault.ts';

export default {
  id: 'audit-outside-the-transaction',
  title: 'Audit outside the transaction',
  harm: 'While the audit chain cannot be written, AWS is changed all the same, and nobody can say later by whom.',
  edits: [
    {
      file: 'src/flow/execute.ts',
      before: `    await audit(tx, bench, 'run.step-intent', step, index, {});
    await announceRun(tx, bench.run.id);
    return { ok: true, at: performance.now() };
  });
}`,
      after: `    await announceRun(tx, bench.run.id);
    return { ok: true, at: performance.now() };
  }).then(async (intent) => {
    if (intent.ok)
      await bench.deps.store
        .tx((tx) => audit(tx, bench, 'run.step-intent', step, index, {}))
        .catch((error: unknown) => bench.deps.log.error({ err: messageOf(error) }, 'the step is not on record'));
    return intent;
  });
}`,
    },
  ],
  caughtBy: {
    file: 'test/integration/flow/no-record.test.ts',
    test: 'while the audit row cannot be written > a step is not sent to AWS',
    assertion: 'expect(world.cloud.writes).toEqual([])',
  },
} satisfies SeededFault;

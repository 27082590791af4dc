import type { SeededFault } from '../fault.ts';

export default {
  id: 'blind-resend-after-crash',
  title: 'Blind resend after a crash',
  harm: 'A step that AWS had carried out before the process died is carried out again.',
  edits: [
    {
      file: 'src/flow/execute.ts',
      before: 'if (entry) return readBackThen(bench, step, index, outputs, 0);',
      after: 'if (entry) return refence(bench, step, index, outputs, 1);',
    },
  ],
  caughtBy: {
    file: 'test/integration/flow/execute.test.ts',
    test: 'an approved run > ends verified with one effect a step when the process dies after step 0 was applied',
    assertion: 'expect(world.cloud.effects).toHaveLength(STEPS)',
  },
} satisfies SeededFault;

import type { SeededFault } from '../fault.ts';

export default {
  id: 'no-fence-check',
  title: 'No fence check',
  harm: 'A worker that was paused past its lease goes on beside the one that took over: steps are sent twice.',
  edits: [
    {
      file: 'src/store/repositories/runs.ts',
      before: "WHERE id = $1 AND fence = $2 AND state IN ('executing', 'verifying')`;",
      after: "WHERE id = $1 AND $2::integer > 0 AND state IN ('executing', 'verifying')`;",
    },
    {
      file: 'src/store/repositories/runs.ts',
      before: "WHERE id = $1 AND fence = $2 AND state IN ('executing', 'verifying') RETURNING *`,",
      after: "WHERE id = $1 AND $2::integer > 0 AND state IN ('executing', 'verifying') RETURNING *`,",
    },
    {
      file: 'src/store/repositories/journal.ts',
      before: 'WHERE id = $1 AND fence = $2 FOR UPDATE',
      after: 'WHERE id = $1 AND $2::integer > 0 FOR UPDATE',
    },
  ],
  caughtBy: {
    file: 'test/integration/flow/execute.test.ts',
    test: 'an approved run > says nothing and sends nothing when another worker has taken the run meanwhile',
    assertion: 'expect(world.cloud.writes).toHaveLength(1)',
  },
} satisfies SeededFault;

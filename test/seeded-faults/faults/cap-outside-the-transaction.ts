import type { SeededFault } from '../fault.ts';

export default {
  id: 'cap-outside-the-transaction',
  title: 'Cap counted outside the transaction',
  harm: 'Runs that start at the same moment all see the count from before: any number of them passes the hourly limit.',
  edits: [
    {
      file: 'src/flow/claim.ts',
      before: `  const cap = await overCap(tx, await deps.settings.current(), run.plan);
  if (cap !== undefined) return held(tx, run, cap);`,
      after: '  if (evidence.cap !== undefined) return held(tx, run, evidence.cap);',
    },
    {
      file: 'src/flow/claim.ts',
      before: '  readonly groups: GroupsNow;',
      after: '  readonly groups: GroupsNow;\n  readonly cap: string | undefined;',
    },
    {
      file: 'src/flow/claim.ts',
      before: '  return { askedAt, staleBecause, strangers, groups };',
      after: `  const settings = await deps.settings.current();
  const { plan } = run;
  const cap = plan === null ? undefined : await deps.store.tx((tx) => overCap(tx, settings, plan));
  return { askedAt, staleBecause, strangers, groups, cap };`,
    },
  ],
  caughtBy: {
    file: 'test/integration/flow/caps.test.ts',
    test: 'the caps on runs > is not exceeded by claims at the same moment',
    assertion: "expect(claims.filter((one) => one.claim === 'mine')).toHaveLength(4)",
  },
} satisfies SeededFault;

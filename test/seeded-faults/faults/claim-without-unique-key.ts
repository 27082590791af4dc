import type { SeededFault } from '../fault.ts';

export default {
  id: 'claim-without-unique-key',
  title: 'Claim without unique key',
  harm: 'What is approved once can be claimed by every worker that looks at the same moment: the change is made several times.',
  edits: [
    {
      file: 'src/flow/claim.ts',
      before: "if (!run?.plan || !approval || run.state !== 'approved' || approval.state !== 'approved')",
      after: 'if (!run?.plan || !approval)',
    },
    {
      file: 'src/flow/claim.ts',
      before: "tx.approvals.setState(approval.id, ['approved'], 'consumed', null)",
      after: "tx.approvals.setState(approval.id, ['approved', 'consumed'], 'consumed', null)",
    },
    {
      file: 'src/store/repositories/runs.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a piece of source text
      before: "AND (state = 'approved' OR (state IN ('executing', 'verifying') AND ${LEASE_IS_OVER})) RETURNING *`",
      after: "AND state IN ('approved', 'executing', 'verifying') RETURNING *`",
    },
  ],
  caughtBy: {
    file: 'test/integration/flow/decisions.test.ts',
    test: 'a claim > is had by one of 20 workers that try at the same moment',
    assertion: "expect(claims.filter((one) => one.claim === 'mine')).toHaveLength(1)",
  },
} satisfies SeededFault;

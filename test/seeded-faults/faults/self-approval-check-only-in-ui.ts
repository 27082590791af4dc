import type { SeededFault } from '../fault.ts';

export default {
  id: 'self-approval-check-only-in-ui',
  title: 'Self-approval check only in the user interface',
  harm: 'Whoever sends the form without its button, or has a window open from before, approves what they asked for themselves.',
  edits: [
    {
      file: 'src/flow/approve.ts',
      before: `    if (actor.id === approval.requestedBy)
      return no(
        'own_request',
        'You asked for this yourself, so somebody else must decide.',
        'That holds for everybody, also for administrators.',
      );
`,
      after: '',
    },
    {
      file: 'src/flow/requirement.ts',
      before: "votes.filter((vote) => vote.decision === 'approve' && vote.personId !== requestedBy)",
      after: "votes.filter((vote) => vote.decision === 'approve')",
    },
    {
      file: 'src/store/migrations/002-guards.sql',
      before: "IF NEW.decision = 'approve' AND EXISTS (",
      after: 'IF false AND EXISTS (',
    },
  ],
  caughtBy: {
    file: 'test/integration/flow/decisions.test.ts',
    test: 'a vote > of the requester is refused, also when the requester is an approver and the form comes without its button',
    assertion: "expect(own).toMatchObject({ ok: false, refusal: { code: 'own_request' } })",
  },
} satisfies SeededFault;

import type { SeededFault } from '../fault.ts';

export default {
  id: 'expiry-by-process-clock',
  title: 'Expiry by process clock',
  harm: 'On a machine whose clock is slow, a request that has expired can still be approved and is run.',
  edits: [
    {
      file: 'src/flow/approve.ts',
      before: 'if ((await tx.now()) >= approval.expiresAt) {',
      after: 'if (new Date().toISOString() >= approval.expiresAt) {',
    },
    {
      file: 'src/flow/claim.ts',
      before: 'if ((await tx.now()) >= approval.expiresAt) {',
      after: 'if (new Date().toISOString() >= approval.expiresAt) {',
    },
  ],
  caughtBy: {
    file: 'test/integration/flow/decisions.test.ts',
    test: 'the time to decide > is over when the database says so, whatever the clock of this process says',
    assertion: "expect(late).toMatchObject({ ok: false, refusal: { code: 'expired' } })",
  },
} satisfies SeededFault;

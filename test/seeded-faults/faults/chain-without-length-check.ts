import type { SeededFault } from '../fault.ts';

export default {
  id: 'chain-without-length-check',
  title: 'Audit chain verified without its length',
  harm: 'Whoever cuts the newest rows off, the proof of what they just did, leaves a chain that verifies.',
  edits: [
    {
      file: 'src/store/audit-chain.ts',
      before: 'for (const one of known.filter(({ seq }) => seq > head.seq)) {',
      after: 'for (const one of known.filter(({ seq }) => head.seq === 0 && seq > head.seq)) {',
    },
  ],
  caughtBy: {
    file: 'test/integration/store/audit-tampering.test.ts',
    test: 'a chain that was tampered with > shows an end that was cut off or added to',
    assertion: 'toMatchObject({ ok: false, seq: 101 })',
  },
} satisfies SeededFault;

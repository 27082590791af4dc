import type { SeededFault } from '../fault.ts';

export default {
  id: 'older-overwrites-newer',
  title: 'An older update overwrites a newer one',
  harm: 'A delivery that comes late re-opens what is archived, or hides what has become worse.',
  edits: [
    {
      file: 'src/flow/merge-finding.ts',
      before:
        'return compareVersions(rival, incoming) < 0 ? versions.map((one) => (one === rival ? incoming : one)) : versions;',
      after: 'return versions.map((one) => (one === rival ? incoming : one));',
    },
  ],
  caughtBy: {
    file: 'test/unit/flow/merge-finding.test.ts',
    test: 'two deliveries of one finding > never lets an older state overwrite a newer one',
    assertion: "expect(mergeFinding(archived, base).state).toBe('archived')",
  },
} satisfies SeededFault;

import type { SeededFault } from '../fault.ts';

export default {
  id: 'dedupe-by-title',
  title: 'Dedupe by title',
  harm: 'A second compromised instance hides behind the first: its finding has the same title and is taken for a repetition.',
  edits: [
    {
      file: 'src/sources/guardduty.ts',
      before: 'key: guardDutyKey({ arn, ...place, detectorId, id }),',
      after: "key: textAt(raw, ['Title'], 1000) ?? guardDutyKey({ arn, ...place, detectorId, id }),",
    },
  ],
  caughtBy: {
    file: 'test/unit/flow/duplicates.test.ts',
    test: 'two findings > with the same title are two',
    assertion: 'expect(await deps.store.read.findings.count()).toBe(2)',
  },
} satisfies SeededFault;

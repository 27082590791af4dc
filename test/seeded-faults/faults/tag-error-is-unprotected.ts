import type { SeededFault } from '../fault.ts';

export default {
  id: 'tag-error-is-unprotected',
  title: 'A tag that cannot be read counts as no tag',
  harm: 'What its owner protects is changed in every account whose read role may not read tags.',
  edits: [
    {
      file: 'src/actions/s3/block-public-access.ts',
      before: "await get('GetBucketTagging', TagsAnswer, ['NoSuchTagSet'])",
      after: "await get('GetBucketTagging', TagsAnswer, ['NoSuchTagSet', 'AccessDenied'])",
    },
  ],
  caughtBy: {
    file: 'test/unit/actions/s3/block-public-access.test.ts',
    test: 's3.block-public-access > does not plan when the tags cannot be read',
    assertion: "rejects.toMatchObject({ awsCode: 'AccessDenied' })",
  },
} satisfies SeededFault;

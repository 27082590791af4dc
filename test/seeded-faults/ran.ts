import { z } from 'zod';

/** One test as it ended; what the reporter writes and the judge reads. */
export const RanTest = z.object({
  /** Name of the vitest project: a fault, or CLEAN. */
  project: z.string(),
  /** From the root of its project. */
  file: z.string(),
  /** Titles joined by ` > `. */
  test: z.string(),
  state: z.enum(['passed', 'failed', 'skipped', 'pending']),
  ms: z.number(),
  errors: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      /** Source lines of the test files that the error came through, nearest first. */
      lines: z.array(z.string()),
    }),
  ),
});
export type RanTest = z.infer<typeof RanTest>;

/** What vitest ran in all: the tests, and what broke outside of any test, such as a file that could not be loaded. */
export const Ran = z.object({
  tests: z.array(RanTest),
  broken: z.array(z.object({ project: z.string(), file: z.string(), message: z.string() })),
});
export type Ran = z.infer<typeof Ran>;

/** The project in which the tests run on the product as it is. */
export const CLEAN = 'clean';

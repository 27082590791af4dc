/** What the command line and the running product say to each other over the socket: one JSON line of question, JSON lines of answer. */
import { join } from 'node:path';
import { z } from 'zod';
import { weigh } from '../domain/weigh.ts';

/** Path of the socket in a data directory. */
export function socketPath(dataDir: string): string {
  return join(dataDir, 'cordon.sock');
}

/** A question: the words as typed, by whom and where. */
export const Question = z.strictObject({
  version: z.literal(1),
  argv: z.array(z.string().max(4096)).min(1).max(10_000),
  /** Operating-system user name as the caller gives it: the socket's mode lets in nobody but the product's own user and root. */
  user: z.string().regex(/^[\w.@\\$-]{1,64}$/),
  cwd: z.string().max(4096),
  color: z.boolean(),
});
export type Question = z.infer<typeof Question>;

/** What a question may weigh; `ingest` of many files is the longest. */
const QUESTION_LIMITS = { depth: 4, values: 12_000, items: 11_000 };

/** The question of a line; undefined when it is none, or one of another version. */
export function readQuestion(line: string): Question | undefined {
  const { depth, values, items } = weigh(line, QUESTION_LIMITS);
  if (depth > QUESTION_LIMITS.depth || values > QUESTION_LIMITS.values || items > QUESTION_LIMITS.items)
    return undefined;
  try {
    return Question.safeParse(JSON.parse(line)).data;
  } catch {
    // Not JSON is not a question; the caller is told so.
    return undefined;
  }
}

/** A line of the answer; `exit` is the last. */
export const Answer = z.union([
  z.strictObject({ out: z.string() }),
  z.strictObject({ err: z.string() }),
  z.strictObject({ exit: z.number().int() }),
]);
export type Answer = z.infer<typeof Answer>;

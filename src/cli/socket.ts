/** What the command line and the running product say to each other over the socket: one JSON line of question, JSON lines of answer. */
import { join } from 'node:path';
import { z } from 'zod';

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

/** A line of the answer; `exit` is the last. */
export const Answer = z.union([
  z.strictObject({ out: z.string() }),
  z.strictObject({ err: z.string() }),
  z.strictObject({ exit: z.number().int() }),
]);
export type Answer = z.infer<typeof Answer>;

import { z } from 'zod';

/** All that a job carries. Whatever else stands in the queue was not put there by us: it is refused, and so is an id that is no id. */
export const JobData = z.strictObject({ id: z.string().min(1).max(512) });
export type JobData = z.infer<typeof JobData>;

/** A job's id from an outbox row's dedup key. BullMQ takes no colon and no plain number. */
export function jobIdOf(dedup: string): string {
  const id = dedup.replaceAll(':', '.');
  return /^\d+$/.test(id) ? `j${id}` : id;
}

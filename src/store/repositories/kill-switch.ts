import { z } from 'zod';
import { CordonError } from '../../domain/errors.ts';
import type { KillSwitch, Repositories } from '../../ports.ts';
import { document, Instant, locking, onlyOf, type Sql } from '../sql.ts';

const Row = z
  .object({
    stopped: z.boolean(),
    reason: z.string().nullable(),
    by_person: z.string().nullable(),
    at: Instant.nullable(),
    resume_votes: z.array(z.string()),
  })
  .transform(
    (row): KillSwitch => ({
      stopped: row.stopped,
      reason: row.reason,
      by: row.by_person,
      at: row.at,
      resumeVotes: row.resume_votes,
    }),
  );

const SELECT = 'SELECT * FROM cordon.kill_switch';
/** As many as must agree before anything goes on after a stop. */
const RESUME_VOTES = 2;

/** The stop switch: one row. A row that is missing or unreadable throws, and callers take that as stopped. */
export function killSwitch(sql: Sql): Repositories['killSwitch'] {
  const read = async (lock: 'FOR SHARE' | 'FOR UPDATE'): Promise<KillSwitch> =>
    onlyOf(Row, await sql.ask(locking(sql, SELECT, lock)), 'stop switch');
  const write = async (text: string, values: readonly unknown[]): Promise<KillSwitch> =>
    onlyOf(Row, (await sql.change(`${text} RETURNING *`, values)).rows, 'stop switch');
  return {
    get: () => read('FOR SHARE'),
    stop: (by, reason) =>
      write(
        `UPDATE cordon.kill_switch SET stopped = true, reason = $2, by_person = $1, at = clock_timestamp(), resume_votes = '[]'`,
        [by, reason],
      ),
    async voteResume(by) {
      const now = await read('FOR UPDATE');
      if (!now.stopped || now.resumeVotes.includes(by)) return now;
      return write('UPDATE cordon.kill_switch SET resume_votes = $1', [document([...now.resumeVotes, by])]);
    },
    async clear() {
      const now = await read('FOR UPDATE');
      if (now.stopped && new Set(now.resumeVotes).size < RESUME_VOTES) {
        throw new CordonError('resume_needs_two', 'Two people must vote to resume.', {
          hint: 'Ask a second operator for /cordon resume.',
        });
      }
      return write(
        `UPDATE cordon.kill_switch SET stopped = false, reason = NULL, by_person = NULL, at = NULL, resume_votes = '[]'`,
        [],
      );
    },
  };
}

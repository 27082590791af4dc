import { z } from 'zod';
import type { Epoch, Repositories } from '../../ports.ts';
import { allOf, Counter, document, Instant, locking, onlyOf, type Sql, written } from '../sql.ts';

const Row = z
  .object({
    epoch: z.number(),
    restored_sign: written<NonNullable<Epoch['sign']>>().nullable(),
    restored_seen_at: Instant.nullable(),
  })
  .transform((row): Epoch => ({ number: row.epoch, sign: row.restored_sign, seenAt: row.restored_seen_at }));

const SELECT = 'SELECT epoch, restored_sign, restored_seen_at FROM cordon.deployment';
const End = z.object({ seq: Counter, hash: z.string() });

/** Which life of the records this is. A row that is missing or unreadable throws, and nothing is claimed. */
export function epoch(sql: Sql): Repositories['epoch'] {
  const read = async (lock: 'FOR SHARE' | 'FOR UPDATE'): Promise<Epoch> =>
    onlyOf(Row, await sql.ask(locking(sql, SELECT, lock)), 'row of the deployment');
  return {
    get: () => read('FOR SHARE'),
    lock: () => read('FOR UPDATE'),
    async doubt(sign) {
      const text = `UPDATE cordon.deployment SET restored_sign = $1, restored_seen_at = clock_timestamp() WHERE restored_sign IS NULL`;
      return (await sql.change(text, [document(sign)])).rowCount === 1;
    },
    async begin(number, abandoned) {
      await sql.change('UPDATE cordon.deployment SET epoch = $1, restored_sign = NULL, restored_seen_at = NULL', [
        number,
      ]);
      const text = 'INSERT INTO cordon.abandoned_end (seq, hash, epoch) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING';
      for (const { seq, hash } of abandoned) await sql.change(text, [seq, hash, number]);
    },
    async abandoned() {
      return allOf(End, await sql.ask('SELECT seq, hash FROM cordon.abandoned_end ORDER BY seq'));
    },
  };
}

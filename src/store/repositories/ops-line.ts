import { z } from 'zod';
import { HealthEntry } from '../../domain/health.ts';
import type { OpsLine, Repositories } from '../../ports.ts';
import { document, Instant, locking, onlyOf, type Sql } from '../sql.ts';

/** What an older or newer version has written and this one cannot read is left out: the next look finds it again. */
const Entries = z.array(z.unknown()).transform((list) => list.flatMap((one) => HealthEntry.safeParse(one).data ?? []));

const Row = z
  .object({
    seen: Entries,
    told: Entries,
    began_at: Instant,
    quiet_since: Instant,
    told_at: Instant.nullable(),
    now: Instant,
  })
  .transform(
    (row): OpsLine => ({
      seen: row.seen,
      told: row.told,
      beganAt: row.began_at,
      quietSince: row.quiet_since,
      toldAt: row.told_at,
      now: row.now,
    }),
  );

/** The one line that says how Cordon itself is. */
export function opsLine(sql: Sql): Repositories['opsLine'] {
  const make = () => sql.note('INSERT INTO cordon.ops_line DEFAULT VALUES ON CONFLICT (one) DO NOTHING');
  return {
    async claimLook(everySeconds) {
      await make();
      const text = `UPDATE cordon.ops_line SET looked_at = clock_timestamp()
        WHERE looked_at IS NULL OR looked_at <= clock_timestamp() - make_interval(secs => $1)`;
      return (await sql.note(text, [everySeconds])).rowCount === 1;
    },
    async lock() {
      await make();
      const text = locking(sql, 'SELECT *, clock_timestamp() AS now FROM cordon.ops_line');
      return onlyOf(Row, await sql.ask(text), 'line of the operations channel');
    },
    async saw(entries) {
      await sql.change('UPDATE cordon.ops_line SET seen = $1', [document(entries)]);
    },
    async tell(entries, quietSince) {
      const text = 'UPDATE cordon.ops_line SET told = $1, quiet_since = $2, told_at = clock_timestamp()';
      await sql.change(text, [document(entries), quietSince]);
    },
  };
}

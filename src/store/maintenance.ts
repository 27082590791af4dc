import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import type { PgPool } from './pool.ts';

const EVERY_MS = 10 * 60_000;
/** Sent outbox rows are kept so long: their dedup keys stop a repetition. */
const KEEP_SENT = '7 days';

/** Housekeeping on a timer. The embedded database has no autovacuum process, so `vacuum` does it here. */
export function startMaintenance(
  pool: PgPool,
  options: { readonly vacuum: boolean; readonly log: Log },
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = maintain(pool, options.vacuum).catch((error: unknown) => {
      options.log.warn({ err: messageOf(error) }, 'housekeeping of the database failed; it is tried again later');
    });
  }, EVERY_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** Removes what is not needed any more and, where nothing else does it, gives dead rows' room back. */
export async function maintain(pool: PgPool, vacuum: boolean): Promise<void> {
  await pool.query(`DELETE FROM cordon.outbox WHERE sent_at < clock_timestamp() - interval '${KEEP_SENT}'`);
  await pool.query('DELETE FROM cordon.replay WHERE expires_at <= clock_timestamp()');
  if (vacuum) await pool.query('VACUUM (ANALYZE)');
}

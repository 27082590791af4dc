import type { Repositories } from '../../ports.ts';
import type { Sql } from '../sql.ts';

/** What has been seen lately: signatures of requests, press ids. */
export function replay(sql: Sql): Repositories['replay'] {
  return {
    async remember(key, ttlSeconds) {
      const text = `INSERT INTO cordon.replay AS r (key, expires_at) VALUES ($1, clock_timestamp() + make_interval(secs => $2))
        ON CONFLICT (key) DO UPDATE SET expires_at = EXCLUDED.expires_at WHERE r.expires_at <= clock_timestamp()`;
      return (await sql.note(text, [key, ttlSeconds])).rowCount === 1;
    },
    async purge() {
      return (await sql.note('DELETE FROM cordon.replay WHERE expires_at <= clock_timestamp()')).rowCount ?? 0;
    },
  };
}

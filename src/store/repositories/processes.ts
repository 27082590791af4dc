import { z } from 'zod';
import type { Repositories } from '../../ports.ts';
import { allOf, document, Instant, type Sql } from '../sql.ts';

const Row = z
  .object({
    id: z.string(),
    kind: z.enum(['bot', 'worker']),
    work: z.array(z.string()),
    slack: z.enum(['none', 'connected', 'down']),
    started_at: Instant,
  })
  .transform(({ started_at, ...row }) => ({ ...row, startedAt: started_at }));

/** The processes of this deployment, as they say themselves. */
export function processes(sql: Sql): Repositories['processes'] {
  return {
    async beat({ id, kind, work, slack }) {
      const text = `INSERT INTO cordon.process (id, kind, work, slack) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET slack = EXCLUDED.slack, seen_at = clock_timestamp()`;
      await sql.note(text, [id, kind, document(work), slack]);
    },
    async leave(id) {
      await sql.note('DELETE FROM cordon.process WHERE id = $1', [id]);
    },
    async alive(withinSeconds) {
      const text =
        'SELECT * FROM cordon.process WHERE seen_at > clock_timestamp() - make_interval(secs => $1) ORDER BY started_at, id';
      return allOf(Row, await sql.ask(text, [withinSeconds]));
    },
    async forget(olderThanSeconds) {
      const text = 'DELETE FROM cordon.process WHERE seen_at < clock_timestamp() - make_interval(secs => $1)';
      await sql.note(text, [olderThanSeconds]);
    },
  };
}

import { z } from 'zod';
import type { Repositories } from '../../ports.ts';
import { Counter, document, onlyOf, type Sql } from '../sql.ts';

/** Changes in AWS that no journal explains. Kept so that each is told once. */
export function orphans(sql: Sql): Repositories['orphans'] {
  return {
    async add(event) {
      const text = `INSERT INTO cordon.orphan (event_id, account_id, run_id, document) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`;
      const values = [event.id, event.accountId, event.sourceIdentity, document(event)];
      return (await sql.change(text, values)).rowCount === 1;
    },
    async count() {
      return onlyOf(z.object({ count: Counter }), await sql.ask('SELECT count(*) AS count FROM cordon.orphan'), 'count')
        .count;
    },
  };
}

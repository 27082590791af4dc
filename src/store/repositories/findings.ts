import { z } from 'zod';
import type { Finding } from '../../domain/finding.ts';
import type { Repositories, StoredFinding } from '../../ports.ts';
import { advisoryLock } from '../advisory-lock.ts';
import { allOf, Counter, document, firstOf, Instant, locking, type Sql, written } from '../sql.ts';

const Row = z
  .object({ document: written<Finding>(), incident_id: z.string().nullable(), received_at: Instant })
  .transform(
    (row): StoredFinding => ({ finding: row.document, incidentId: row.incident_id, receivedAt: row.received_at }),
  );

const SELECT = 'SELECT document, incident_id, received_at FROM cordon.finding';

/** Findings by their key; the newest version of each. */
export function findings(sql: Sql): Repositories['findings'] {
  return {
    async lock(key) {
      await advisoryLock(sql, 'finding', key);
      return firstOf(Row, await sql.ask(locking(sql, `${SELECT} WHERE key = $1`), [key]));
    },
    async get(key) {
      return firstOf(Row, await sql.ask(`${SELECT} WHERE key = $1`, [key]));
    },
    async put(finding, incidentId) {
      const text = `INSERT INTO cordon.finding (key, incident_id, account_id, state, document) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (key) DO UPDATE SET incident_id = EXCLUDED.incident_id, account_id = EXCLUDED.account_id, state = EXCLUDED.state, document = EXCLUDED.document`;
      await sql.change(text, [finding.key, incidentId, finding.accountId, finding.state, document(finding)]);
    },
    async ofIncident(incidentId) {
      return allOf(Row, await sql.ask(`${SELECT} WHERE incident_id = $1 ORDER BY received_at, key`, [incidentId]));
    },
    async count() {
      const row = firstOf(z.object({ count: Counter }), await sql.ask('SELECT count(*) AS count FROM cordon.finding'));
      return row?.count ?? 0;
    },
  };
}

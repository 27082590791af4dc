import { z } from 'zod';
import type { Finding } from '../../domain/finding.ts';
import { hashOf } from '../../domain/json.ts';
import type { Sighting } from '../../domain/sighting.ts';
import type { FiledFinding, LockedFinding, Repositories, StoredFinding } from '../../ports.ts';
import { advisoryLock } from '../advisory-lock.ts';
import { allOf, Counter, document, firstOf, Instant, type Sql, written } from '../sql.ts';

const Row = z
  .object({ document: written<Finding>(), incident_id: z.string().nullable(), received_at: Instant })
  .transform(
    (row): StoredFinding => ({ finding: row.document, incidentId: row.incident_id, receivedAt: row.received_at }),
  );

const LockedRow = z
  .object({
    document: written<Finding>(),
    incident_id: z.string().nullable(),
    received_at: Instant,
    correlation_key: z.string().nullable(),
    versions: z.array(written<Finding>()),
  })
  .transform(
    (row): LockedFinding => ({
      finding: row.document,
      incidentId: row.incident_id,
      receivedAt: row.received_at,
      correlationKey: row.correlation_key,
      versions: row.versions.length === 0 ? [row.document] : row.versions,
    }),
  );

const FiledRow = z
  .object({ key: z.string(), incident_id: z.string().nullable(), sightings: z.array(written<Sighting>()) })
  .transform((row): FiledFinding => ({ key: row.key, incidentId: row.incident_id, sightings: row.sightings }));

const SELECT = 'SELECT document, incident_id, received_at FROM cordon.finding';
const SELECT_LOCKED = 'SELECT document, incident_id, received_at, correlation_key, versions FROM cordon.finding';

/** Findings by their key; the newest version of each. */
export function findings(sql: Sql): Repositories['findings'] {
  return {
    async lock(key) {
      await advisoryLock(sql, 'finding', key);
      return firstOf(LockedRow, await sql.ask(`${SELECT_LOCKED} WHERE key = $1`, [key]));
    },
    async get(key) {
      return firstOf(Row, await sql.ask(`${SELECT} WHERE key = $1`, [key]));
    },
    async many(keys) {
      if (keys.length === 0) return [];
      return allOf(LockedRow, await sql.ask(`${SELECT_LOCKED} WHERE key = ANY ($1)`, [keys]));
    },
    async openInGuardDuty(region, limit) {
      // As the index has it, or every finding would be read.
      const text = `${SELECT} WHERE state = 'active' AND source = 'guardduty' AND region = $1 ORDER BY received_at DESC LIMIT $2`;
      return allOf(Row, await sql.ask(text, [region, limit]));
    },
    async put(finding, incidentId, filed) {
      const text = `INSERT INTO cordon.finding AS f (key, incident_id, account_id, state, document, correlation_key, versions, source, region)
        VALUES ($1, $2, $3, $4, $5, $6, coalesce($7::json, '[]'), $8, $9)
        ON CONFLICT (key) DO UPDATE SET incident_id = EXCLUDED.incident_id, account_id = EXCLUDED.account_id, state = EXCLUDED.state,
          document = EXCLUDED.document, source = EXCLUDED.source, region = EXCLUDED.region, correlation_key = coalesce($6, f.correlation_key), versions = coalesce($7::json, f.versions)`;
      const versions = filed && (filed.versions.length > 1 ? document(filed.versions) : '[]');
      const { key, accountId, state, source, region } = finding;
      const filing = [filed?.correlationKey ?? null, versions ?? null];
      await sql.change(text, [key, incidentId, accountId, state, document(finding), ...filing, source, region]);
    },
    async sighted(key, sighting) {
      const text =
        'INSERT INTO cordon.sighting (finding_key, hash, facts) VALUES ($1, $2, $3) ON CONFLICT (finding_key, hash) DO NOTHING';
      return (await sql.change(text, [key, hashOf(sighting), document(sighting)])).rowCount === 1;
    },
    async filedUnder(correlationKey) {
      const text = `SELECT f.key, f.incident_id, json_agg(s.facts) AS sightings FROM cordon.finding f
        JOIN cordon.sighting s ON s.finding_key = f.key WHERE f.correlation_key = $1 GROUP BY f.key, f.incident_id`;
      return allOf(FiledRow, await sql.ask(text, [correlationKey]));
    },
    async setIncident(key, incidentId) {
      await sql.change('UPDATE cordon.finding SET incident_id = $2 WHERE key = $1', [key, incidentId]);
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

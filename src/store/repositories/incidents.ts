import { z } from 'zod';
import { SEVERITIES, SOURCES } from '../../domain/finding.ts';
import { type Incident, type IncidentState, RESOLUTIONS } from '../../domain/incident.ts';
import type { PersonsClosing, Repositories } from '../../ports.ts';
import { advisoryLock } from '../advisory-lock.ts';
import { allOf, Counter, document, firstOf, Instant, locking, onlyOf, type Sql, written } from '../sql.ts';

const Row = z
  .object({
    id: z.string(),
    correlation_key: z.string(),
    kind: z.enum(['threat', 'posture', 'notice']),
    source: z.enum(SOURCES),
    state: z.enum(['open', 'acknowledged', 'resolved']),
    severity: z.enum(SEVERITIES),
    title: z.string(),
    subject: z.string(),
    account_id: z.string(),
    region: z.string(),
    playbook_id: z.string(),
    rung: z.enum(['pin', 'exact', 'family', 'net', 'catch-all']),
    why: z.string(),
    sample: z.boolean(),
    owner_id: z.string().nullable(),
    resolution: z.enum(RESOLUTIONS).nullable(),
    resolution_note: z.string().nullable(),
    rev: z.number(),
    reopened: z.number(),
    first_finding: z.string(),
    began_at: Instant,
    active_since: Instant,
    first_seen_at: Instant,
    last_seen_at: Instant,
    opened_at: Instant,
    closed_at: Instant.nullable(),
  })
  .transform(
    (row): Incident => ({
      id: row.id,
      correlationKey: row.correlation_key,
      kind: row.kind,
      source: row.source,
      state: row.state,
      severity: row.severity,
      title: row.title,
      subject: row.subject,
      accountId: row.account_id,
      region: row.region,
      playbookId: row.playbook_id,
      rung: row.rung,
      why: row.why,
      sample: row.sample,
      ownerId: row.owner_id,
      resolution: row.resolution,
      resolutionNote: row.resolution_note,
      rev: row.rev,
      reopened: row.reopened,
      firstFinding: row.first_finding,
      beganAt: row.began_at,
      activeSince: row.active_since,
      firstSeenAt: row.first_seen_at,
      lastSeenAt: row.last_seen_at,
      openedAt: row.opened_at,
      closedAt: row.closed_at,
    }),
  );

const ClosingRow = z
  .object({
    incident_id: z.string(),
    at: Instant,
    resolution: z.enum(['fixed', 'false-positive', 'accepted-risk']),
    note: z.string(),
    seen: written<Incident>().nullable(),
  })
  .transform(({ incident_id, ...row }): PersonsClosing => ({ incidentId: incident_id, ...row }));

/** Columns beside id and rev, in the order of `valuesOf`. */
const COLUMNS = [
  'correlation_key',
  'kind',
  'source',
  'state',
  'severity',
  'title',
  'subject',
  'account_id',
  'region',
  'playbook_id',
  'rung',
  'why',
  'sample',
  'owner_id',
  'resolution',
  'resolution_note',
  'reopened',
  'first_finding',
  'began_at',
  'active_since',
  'first_seen_at',
  'last_seen_at',
  'opened_at',
  'closed_at',
] as const;

function valuesOf(incident: Incident): readonly unknown[] {
  return [
    incident.correlationKey,
    incident.kind,
    incident.source,
    incident.state,
    incident.severity,
    incident.title,
    incident.subject,
    incident.accountId,
    incident.region,
    incident.playbookId,
    incident.rung,
    incident.why,
    incident.sample,
    incident.ownerId,
    incident.resolution,
    incident.resolutionNote,
    incident.reopened,
    incident.firstFinding,
    incident.beganAt,
    incident.activeSince,
    incident.firstSeenAt,
    incident.lastSeenAt,
    incident.openedAt,
    incident.closedAt,
  ];
}

const SELECT = 'SELECT * FROM cordon.incident';
const INSERT = `INSERT INTO cordon.incident (id, rev, ${COLUMNS.join(', ')}) VALUES ($1, $2, ${COLUMNS.map((_, at) => `$${at + 3}`).join(', ')})`;
const UPDATE = `UPDATE cordon.incident SET rev = rev + 1, ${COLUMNS.map((name, at) => `${name} = $${at + 2}`).join(', ')} WHERE id = $1 RETURNING *`;

/** Incidents. The database keeps at most one open a correlation key. */
export function incidents(sql: Sql): Repositories['incidents'] {
  return {
    lockKey: (correlationKey) => advisoryLock(sql, 'correlation', correlationKey),
    /** From a sequence, so that nobody waits for it: a transaction rolled back or a crash leaves a gap. */
    async nextNumber() {
      const { rows } = await sql.change(`SELECT nextval('cordon.incident_number') AS number`);
      return onlyOf(z.object({ number: Counter }), rows, 'incident number').number;
    },
    async openOf(correlationKey) {
      return firstOf(
        Row,
        await sql.ask(`${SELECT} WHERE correlation_key = $1 AND state <> 'resolved'`, [correlationKey]),
      );
    },
    async ofKeys(correlationKeys) {
      return allOf(Row, await sql.ask(`${SELECT} WHERE correlation_key = ANY ($1::text[])`, [correlationKeys]));
    },
    async addClosing({ incidentId, at, resolution, note, seen }) {
      const text = 'INSERT INTO cordon.closing (incident_id, at, resolution, note, seen) VALUES ($1, $2, $3, $4, $5)';
      await sql.change(text, [incidentId, at, resolution, note, document(seen)]);
    },
    async closings(correlationKeys) {
      const text = `SELECT c.incident_id, c.at, c.resolution, c.note, c.seen FROM cordon.closing c JOIN cordon.incident i ON i.id = c.incident_id
        WHERE i.correlation_key = ANY ($1::text[]) ORDER BY c.at`;
      return allOf(ClosingRow, await sql.ask(text, [correlationKeys]));
    },
    async insert(incident) {
      await sql.change(INSERT, [incident.id, incident.rev, ...valuesOf(incident)]);
    },
    async update(incident) {
      return onlyOf(
        Row,
        (await sql.change(UPDATE, [incident.id, ...valuesOf(incident)])).rows,
        `incident ${incident.id}`,
      );
    },
    async get(id) {
      return firstOf(Row, await sql.ask(`${SELECT} WHERE id = $1`, [id]));
    },
    async lock(id) {
      return firstOf(Row, await sql.ask(locking(sql, `${SELECT} WHERE id = $1`), [id]));
    },
    /** Newest first. */
    async list({ states, accountId, ownerId, limit, offset }) {
      const text = `${SELECT} WHERE ($1::text[] IS NULL OR state = ANY ($1)) AND ($2::text IS NULL OR account_id = $2)
        AND ($3::text IS NULL OR owner_id = $3) ORDER BY opened_at DESC, id DESC LIMIT $4 OFFSET $5`;
      return allOf(Row, await sql.ask(text, [states ?? null, accountId ?? null, ownerId ?? null, limit, offset ?? 0]));
    },
    async counts() {
      const rows = allOf(Count, await sql.ask('SELECT state, count(*) AS count FROM cordon.incident GROUP BY state'));
      const of = (state: IncidentState): number => rows.find((row) => row.state === state)?.count ?? 0;
      return { open: of('open'), acknowledged: of('acknowledged'), resolved: of('resolved') };
    },
  };
}

const Count = z.object({ state: z.string(), count: Counter });

import type { Finding } from '../../src/domain/finding.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { canonicalJson, sha256 } from '../../src/domain/json.ts';
import type { Sighting } from '../../src/domain/sighting.ts';
import type { Delivery, MessageRow, PersonsClosing, Repositories, Store } from '../../src/ports.ts';

interface FindingRow {
  finding: Finding;
  incidentId: string | null;
  correlationKey: string | null;
  versions: readonly Finding[];
  readonly receivedAt: string;
  readonly sightings: Map<string, Sighting>;
}

/**
 * The part of the store that triage and closing use, in plain maps, for properties that need thousands of stores. That it tells the truth is shown by
 * test/integration/flow/order.test.ts, which runs the same over the real one. No roll back: a transaction that throws fails the test.
 */
export function plainStore(clock: () => string, firstConnectAt = '1970-01-01T00:00:00.000Z'): Store {
  const rows = {
    deliveries: new Map<string, Delivery>(),
    findings: new Map<string, FindingRow>(),
    incidents: new Map<string, Incident>(),
    closings: [] as PersonsClosing[],
    messages: new Map<string, Pick<MessageRow, 'key' | 'kind' | 'subjectId'>>(),
    audit: 0,
    number: 0,
  };
  const repositories: Repositories = {
    now: async () => clock(),
    deliveries: deliveriesIn(rows.deliveries, clock),
    findings: findingsIn(rows.findings, clock),
    incidents: {
      ...missing<Repositories['incidents']>(),
      lockKey: async () => undefined,
      nextNumber: async () => (rows.number += 1),
      openOf: async (key) =>
        [...rows.incidents.values()].find((row) => row.correlationKey === key && row.state !== 'resolved'),
      ofKeys: async (keys) => [...rows.incidents.values()].filter((row) => keys.includes(row.correlationKey)),
      addClosing: async (closing) => void rows.closings.push(closing),
      closings: async (keys) =>
        rows.closings.filter(({ incidentId }) => keys.includes(rows.incidents.get(incidentId)?.correlationKey ?? '')),
      async insert(incident) {
        assertOneOpen(rows.incidents, incident);
        rows.incidents.set(incident.id, incident);
      },
      async update(incident) {
        assertOneOpen(rows.incidents, incident);
        const next = { ...incident, rev: (rows.incidents.get(incident.id)?.rev ?? 0) + 1 };
        rows.incidents.set(incident.id, next);
        return next;
      },
      get: async (id) => rows.incidents.get(id),
      lock: async (id) => rows.incidents.get(id),
      list: async ({ limit }) => [...rows.incidents.values()].slice(0, limit),
    },
    runs: { ...missing<Repositories['runs']>(), ofIncident: async () => [] },
    messages: {
      ...missing<Repositories['messages']>(),
      touch: async ({ key, kind, subjectId }) => void rows.messages.set(key, { key, kind, subjectId }),
      async get(key) {
        const row = rows.messages.get(key);
        return row && { ...UNDELIVERED, ...row };
      },
    },
    outbox: { ...missing<Repositories['outbox']>(), add: async () => undefined },
    audit: {
      ...missing<Repositories['audit']>(),
      async append(entry) {
        rows.audit += 1;
        return { ...entry, seq: rows.audit, at: clock(), prevHash: '', hash: '' };
      },
      note: async () => {
        rows.audit += 1;
      },
    },
    checkpoints: missing(),
    epoch: missing(),
    orphans: missing(),
    journal: missing(),
    approvals: missing(),
    votes: missing(),
    killSwitch: missing(),
    replay: missing(),
    feeds: { ...missing<Repositories['feeds']>(), firstConnectAt: async () => firstConnectAt },
    health: missing(),
    processes: missing(),
    opsLine: missing(),
    figures: missing(),
    organization: missing(),
  };
  return {
    tx: (work) => work(repositories),
    read: repositories,
    onOutbox: () => undefined,
    close: async () => undefined,
  };
}

const UNDELIVERED: Omit<MessageRow, 'key' | 'kind' | 'subjectId'> = {
  data: {},
  channel: null,
  ts: null,
  desiredRev: 1,
  deliveredRev: 0,
  deliveredHash: null,
  priority: 3,
  notBefore: null,
  attempts: 0,
  lastError: null,
};

/** As the unique index of the database does. */
function assertOneOpen(incidents: ReadonlyMap<string, Incident>, incident: Incident): void {
  const rival = [...incidents.values()].find(
    (row) => row.correlationKey === incident.correlationKey && row.state !== 'resolved' && row.id !== incident.id,
  );
  if (rival && incident.state !== 'resolved') throw new Error(`two open incidents under ${incident.correlationKey}`);
}

function deliveriesIn(rows: Map<string, Delivery>, clock: () => string): Repositories['deliveries'] {
  const bodies = new Set<string>();
  return {
    ...missing<Repositories['deliveries']>(),
    async insert(row) {
      const body = sha256(row.body);
      if (bodies.has(body)) return 'duplicate';
      bodies.add(body);
      rows.set(row.id, { ...row, state: 'received', problem: null, receivedAt: clock(), processedAt: null });
      return 'inserted';
    },
    get: async (id) => rows.get(id),
    lock: async (id) => rows.get(id),
    async setState(id, state, problem) {
      const row = rows.get(id);
      if (row) rows.set(id, { ...row, state, problem });
    },
    list: async ({ state, limit }) =>
      [...rows.values()].filter((row) => state === undefined || row.state === state).slice(0, limit),
  };
}

function findingsIn(rows: Map<string, FindingRow>, clock: () => string): Repositories['findings'] {
  const early = new Map<string, Map<string, Sighting>>();
  return {
    ...missing<Repositories['findings']>(),
    lock: async (key) => rows.get(key) && { ...rows.get(key)! },
    get: async (key) => rows.get(key),
    async put(finding, incidentId, filed) {
      const row = rows.get(finding.key);
      const sightings = row?.sightings ?? early.get(finding.key) ?? new Map<string, Sighting>();
      const kept = { correlationKey: row?.correlationKey ?? null, versions: row?.versions ?? [finding] };
      rows.set(finding.key, {
        ...kept,
        ...filed,
        finding,
        incidentId,
        sightings,
        receivedAt: row?.receivedAt ?? clock(),
      });
    },
    async sighted(key, sighting) {
      const known = rows.get(key)?.sightings ?? early.get(key) ?? new Map<string, Sighting>();
      if (!rows.has(key)) early.set(key, known);
      const text = canonicalJson(sighting);
      if (known.has(text)) return false;
      known.set(text, sighting);
      return true;
    },
    filedUnder: async (correlationKey) =>
      [...rows.values()]
        .filter((row) => row.correlationKey === correlationKey)
        .map((row) => ({ key: row.finding.key, incidentId: row.incidentId, sightings: [...row.sightings.values()] })),
    async setIncident(key, incidentId) {
      const row = rows.get(key);
      if (row) row.incidentId = incidentId;
    },
    ofIncident: async (incidentId) => [...rows.values()].filter((row) => row.incidentId === incidentId),
    count: async () => rows.size,
  };
}

/** What is not written out above is not there: a test that uses more fails. */
function missing<T extends object>(): T {
  return {} as T;
}

import type { Approval, Vote } from '../../../../src/domain/approval.ts';
import type { AuditEntry } from '../../../../src/domain/audit.ts';
import type { Checkpoint } from '../../../../src/domain/checkpoint.ts';
import type { Finding } from '../../../../src/domain/finding.ts';
import type { Incident } from '../../../../src/domain/incident.ts';
import type { JournalEntry, Run } from '../../../../src/domain/run.ts';
import type { HealthNote, KillSwitch, MessageKind, MessageRow } from '../../../../src/ports.ts';
import type { SlackStore } from '../../../../src/slack/deps.ts';

/** The tables that the Slack side touches, in memory, with the same promises; `failing` makes every access throw. */
export interface MemoryStore extends SlackStore {
  readonly incidents: Map<string, Incident>;
  readonly findings: Map<string, readonly Finding[]>;
  readonly runs: Map<string, Run>;
  readonly journal: Map<string, readonly JournalEntry[]>;
  readonly approvals: Map<string, Approval>;
  readonly votes: Map<string, readonly Vote[]>;
  readonly messages: Map<string, MessageRow>;
  readonly audit: AuditEntry[];
  readonly checkpoints: Map<number, Checkpoint>;
  readonly health: Omit<HealthNote, 'restSeconds' | 'enabledRegions'>[];
  readonly deferrals: { readonly key: string; readonly error: string; readonly seconds: number }[];
  killSwitch: KillSwitch;
  failing: boolean;
  now: () => string;
  touch(key: string, kind: MessageKind, subjectId: string, over?: Partial<MessageRow>): void;
}

export function memoryStore(now: () => string): MemoryStore {
  const remembered = new Set<string>();
  const guard = () => {
    if (store.failing) throw new Error('the store is down');
  };
  const reads: SlackStore['read'] = {
    now: async () => {
      guard();
      return store.now();
    },
    incidents: {
      get: async (id) => store.incidents.get(id),
      list: async ({ states, accountId, ownerId, limit, offset = 0 }) =>
        [...store.incidents.values()]
          .filter(
            (one) =>
              (states?.includes(one.state) ?? true) &&
              (accountId ?? one.accountId) === one.accountId &&
              (ownerId ?? one.ownerId) === one.ownerId,
          )
          .slice(offset, offset + limit),
      counts: async () => {
        const all = [...store.incidents.values()];
        const of = (state: Incident['state']) => all.filter((one) => one.state === state).length;
        return { open: of('open'), acknowledged: of('acknowledged'), resolved: of('resolved') };
      },
    },
    findings: {
      ofIncident: async (id) =>
        (store.findings.get(id) ?? []).map((finding) => ({ finding, incidentId: id, receivedAt: store.now() })),
      count: async () => [...store.findings.values()].flat().length,
    },
    runs: {
      get: async (id) => store.runs.get(id),
      ofIncident: async (id) => [...store.runs.values()].filter((run) => run.incidentId === id),
    },
    journal: { ofRun: async (id) => store.journal.get(id) ?? [] },
    approvals: {
      get: async (id) => store.approvals.get(id),
      ofRun: async (id) => [...store.approvals.values()].find((one) => one.runId === id),
      pending: async (limit) => [...store.approvals.values()].filter((one) => one.state === 'pending').slice(0, limit),
    },
    votes: { ofApproval: async (id) => store.votes.get(id) ?? [] },
    messages: { get: async (key) => store.messages.get(key), backlog: async () => ({ count: 0, oldestSeconds: 0 }) },
    outbox: { unsentCount: async () => 0 },
    killSwitch: { get: async () => store.killSwitch },
    health: {
      list: async () =>
        store.health.map((row) => ({ ...row, checkedAt: store.now(), restsUntil: null, enabledRegions: null })),
    },
    organization: { head: async () => ({ revision: 0, refreshedAt: null, problem: null }) },
    checkpoints: { get: async (seq) => store.checkpoints.get(seq) },
  };
  const store: MemoryStore = {
    incidents: new Map(),
    findings: new Map(),
    runs: new Map(),
    journal: new Map(),
    approvals: new Map(),
    votes: new Map(),
    messages: new Map(),
    audit: [],
    checkpoints: new Map(),
    health: [],
    deferrals: [],
    killSwitch: { stopped: false, reason: null, by: null, at: null, resumeVotes: [] },
    failing: false,
    now,
    read: reads,
    touch(key, kind, subjectId, over = {}) {
      const old = store.messages.get(key);
      const fresh: MessageRow = {
        key,
        kind,
        subjectId,
        data: {},
        channel: null,
        ts: null,
        desiredRev: 0,
        deliveredRev: 0,
        deliveredHash: null,
        priority: 3,
        notBefore: null,
        attempts: 0,
        lastError: null,
      };
      store.messages.set(key, { ...fresh, ...old, ...over, desiredRev: (old?.desiredRev ?? 0) + 1 });
    },
    async tx(work) {
      guard();
      return work({
        messages: {
          async delivered(key, { rev, hash, channel, ts }) {
            const row = store.messages.get(key);
            if (row !== undefined)
              store.messages.set(key, { ...row, deliveredRev: rev, deliveredHash: hash, channel, ts, lastError: null });
          },
          async deferred(key, error, seconds) {
            const row = store.messages.get(key);
            store.deferrals.push({ key, error, seconds });
            if (row !== undefined) store.messages.set(key, { ...row, attempts: row.attempts + 1, lastError: error });
          },
        },
        replay: {
          async remember(key) {
            if (remembered.has(key)) return false;
            remembered.add(key);
            return true;
          },
        },
        audit: {
          async append(entry) {
            store.audit.push(entry);
            return { ...entry, seq: store.audit.length, at: store.now(), prevHash: '', hash: '' };
          },
        },
      });
    },
  };
  return store;
}

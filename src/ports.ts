/**
 * The few interfaces between the story (src/flow) and the outside. wire.ts hands in the real parts; tests hand in others.
 * Every method that changes state takes part in the caller's transaction; nothing here commits by itself but `Store.tx`.
 */
import type { Action } from './actions/action.ts';
import type { Account } from './domain/account.ts';
import type { Approval, ApprovalNotice, ApprovalState, Vote } from './domain/approval.ts';
import type { AuditEntry, AuditNote, AuditRow } from './domain/audit.ts';
import type { Checkpoint, CheckpointSigner } from './domain/checkpoint.ts';
import type { Feed, FeedError, FeedTarget } from './domain/feed.ts';
import type { Finding } from './domain/finding.ts';
import type { HealthEntry } from './domain/health.ts';
import type { GivenResolution, Incident, IncidentState } from './domain/incident.ts';
import type { Json, JsonObject } from './domain/json.ts';
import type { CounterId } from './domain/metrics.ts';
import type { OrganizationAccount, OrganizationList } from './domain/organization.ts';
import type { Membership } from './domain/people.ts';
import type { AwsCall, Plan, Statement } from './domain/plan.ts';
import type { Playbook } from './domain/playbook.ts';
import type { JournalEntry, PlanRequest, Run, RunState } from './domain/run.ts';
import type { Settings } from './domain/settings.ts';
import type { Sighting } from './domain/sighting.ts';
import type { TrailEvent } from './domain/trail.ts';
import type { MatchResult } from './playbooks/match.ts';

/* ------------------------------------------------------------------ store */

export type DeliveryState = 'received' | 'processed' | 'quarantined';

/** One message as it came in; kept until it has been read, and in quarantine when it cannot be. */
export interface Delivery {
  readonly id: string;
  readonly transport: 'sqs' | 'cli' | 'poll';
  /** The transport's own id (SQS message id, file name). */
  readonly transportId: string;
  readonly body: string;
  readonly state: DeliveryState;
  /** Why it could not be read and where: code, JSON path, next step. */
  readonly problem: {
    readonly code: string;
    readonly field: string;
    readonly message: string;
    readonly hint: string;
  } | null;
  readonly receivedAt: string;
  readonly processedAt: string | null;
}

export interface StoredFinding {
  readonly finding: Finding;
  readonly incidentId: string | null;
  readonly receivedAt: string;
}

/** A finding as triage needs it. */
export interface LockedFinding extends StoredFinding {
  readonly correlationKey: string | null;
  /** The newest of each shape; the record is made from them. */
  readonly versions: readonly Finding[];
}

/** A finding as its incidents are derived from it. */
export interface FiledFinding {
  readonly key: string;
  readonly incidentId: string | null;
  readonly sightings: readonly Sighting[];
}

/** A person's resolution of an incident, with its own time. */
export interface PersonsClosing {
  readonly incidentId: string;
  readonly at: string;
  readonly resolution: GivenResolution;
  readonly note: string;
  /** The incident as the person saw it; null where that is not known any more. */
  readonly seen: Incident | null;
}

/** A level-triggered Slack message: workers deliver its newest state, so any number of changes cost one edit. */
export interface MessageRow {
  /** `<kind>:<subject>`, unique: e.g. `card:INC-2026-0001`, `approval:REQ-…`, `run:RUN-…`, `reply:…`, `dm:…`. */
  readonly key: string;
  readonly kind: MessageKind;
  readonly subjectId: string;
  /** Ids and facts for one-time notices; never rendered text. */
  readonly data: JsonObject;
  /** Where it has been posted; null before the first delivery. */
  readonly channel: string | null;
  readonly ts: string | null;
  readonly desiredRev: number;
  readonly deliveredRev: number;
  readonly deliveredHash: string | null;
  /** 0 decisions and results, 1 approval requests, 2 critical cards, 3 other cards, 4 edits, 5 the rest. */
  readonly priority: number;
  readonly notBefore: string | null;
  readonly attempts: number;
  readonly lastError: string | null;
}
/**
 * `card`, `approval`, `run` are edited; `reply` and `dm` are posted once. `view` (key `view:RUN-…`) fills the modal that waits for a plan and is never posted.
 * `health` (key `health:ops`) is the one edited line in the operations channel that says how Cordon itself is.
 * `notice` (key `notice:<what>`) is posted once, in the operations channel: something happened to Cordon's own records.
 * `checkpoint` (key `checkpoint:<row>`) is posted once, to the channel that keeps a copy of the audit chain's end.
 * `writeback` (key `writeback:RUN-…` or `writeback:INC-…`) goes to the findings' products instead of Slack: it too is a wanted state that is delivered until it is there.
 */
export const MESSAGE_KINDS = [
  'card',
  'approval',
  'run',
  'reply',
  'dm',
  'view',
  'writeback',
  'checkpoint',
  'health',
  'notice',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export interface OutboxRow {
  readonly id: number;
  readonly topic: Topic;
  readonly dedup: string;
  readonly subjectId: string;
}
/** Queue names; a job carries the subject's id and nothing else. */
export const TOPICS = ['triage', 'notify', 'propose', 'remediate'] as const;
export type Topic = (typeof TOPICS)[number];

export interface KillSwitch {
  readonly stopped: boolean;
  readonly reason: string | null;
  readonly by: string | null;
  readonly at: string | null;
  /** People who voted to resume since the stop; two are needed. */
  readonly resumeVotes: readonly string[];
}

export interface AccountHealth {
  readonly accountId: string;
  readonly purpose: 'read' | 'act';
  readonly state:
    | 'ok'
    | 'no-role'
    | 'trust'
    | 'external-id'
    | 'scp'
    | 'suspended'
    | 'region-off'
    | 'throttled'
    | 'unknown';
  readonly detail: string;
  readonly hint: string;
  readonly checkedAt: string;
  /** Until then nobody asks for the role again; null when it may be asked for. */
  readonly restsUntil: string | null;
  /** On the row of the read role: the Regions that are switched on in the account, as it said last; null before it was asked. */
  readonly enabledRegions: readonly string[] | null;
}
/** What is kept of a look at a role. Without `enabledRegions` those known before stay. */
export interface HealthNote extends Omit<AccountHealth, 'checkedAt' | 'restsUntil' | 'enabledRegions'> {
  readonly restSeconds?: number;
  readonly enabledRegions?: readonly string[];
}

/** The state of the list of accounts that AWS Organizations gave. */
export interface OrganizationRecord {
  /** Raised by each refresh that changed something. */
  readonly revision: number;
  /** When the list was read last; null before the first time. */
  readonly refreshedAt: string | null;
  /** Why the newest attempt failed; null when it did not. */
  readonly problem: { readonly code: string; readonly message: string; readonly hint: string } | null;
}
/** Account ids, by what a refresh did to them. */
export interface OrganizationChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** A process of this deployment, as it says itself. */
export interface ProcessRow {
  readonly id: string;
  readonly kind: 'bot' | 'worker';
  /** What it works on: `slack`, `ingest`, and the names of queues. */
  readonly work: readonly string[];
  /** `none`: it has no use for a connection. */
  readonly slack: 'none' | 'connected' | 'down';
  readonly startedAt: string;
}
/** A process that has not said for so long that it is there, is not. Beats come every ten seconds. */
export const ALIVE_SECONDS = 45;
/** Every part of the work that has to have at least one process. */
export const PARTS = ['slack', 'ingest', ...TOPICS, 'sweep'] as const;

/** What the operations channel has been told of Cordon itself. */
export interface OpsLine {
  /** What the last look found. */
  readonly seen: readonly HealthEntry[];
  readonly told: readonly HealthEntry[];
  /** When there was a line for the first time. */
  readonly beganAt: string;
  readonly quietSince: string;
  readonly toldAt: string | null;
  /** The database's clock. */
  readonly now: string;
}

/** An end of the audit chain as it was at some time: the number and hash of its last row. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}
/** An end that is known outside the database, and in which epoch it was seen. */
export interface KnownEnd extends ChainEnd {
  readonly epoch: number;
}

/** Which life of the records this is; every restore from a backup begins a new one. */
export interface Epoch {
  readonly number: number;
  /** What shows that the database was restored and nobody has said so yet: nothing is claimed. Null when nothing does. */
  readonly sign: { readonly place: string; readonly seq: number; readonly head: number } | null;
  readonly seenAt: string | null;
}

interface Sum {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
}
interface Backlog {
  readonly count: number;
  readonly oldestSeconds: number;
}
/** Sums over the tables, for metrics and the health line. */
export interface Figures {
  readonly deliveries: { readonly waiting: number; readonly oldestSeconds: number; readonly quarantined: number };
  readonly lastDeliveryAt: string | null;
  readonly incidents: readonly Sum[];
  readonly runs: readonly Sum[];
  readonly approvals: readonly Sum[];
  readonly accounts: readonly Sum[];
  readonly feeds: readonly Sum[];
  /** Seconds since the last good reading, by product. */
  readonly feedsOldest: readonly Sum[];
  /** Those that are alive. */
  readonly processes: readonly Sum[];
  readonly messages: Backlog;
  readonly writeBacks: Backlog;
  readonly outbox: Backlog;
}

/** A note that waits for the chain, and when it would have been written. */
export interface LateNote {
  readonly id: number;
  readonly note: AuditNote;
  readonly at: string;
}

/** All tables, inside one transaction or outside one. */
export interface Repositories {
  /** The database's clock, ISO 8601 UTC: the only clock for expiry, leases and caps. */
  now(): Promise<string>;
  readonly deliveries: {
    /** `duplicate` when the same transport id or the same body from the same transport is there already. */
    insert(row: Pick<Delivery, 'id' | 'transport' | 'transportId' | 'body'>): Promise<'inserted' | 'duplicate'>;
    get(id: string): Promise<Delivery | undefined>;
    lock(id: string): Promise<Delivery | undefined>;
    setState(id: string, state: DeliveryState, problem: Delivery['problem']): Promise<void>;
    list(filter: { readonly state?: DeliveryState; readonly limit: number }): Promise<readonly Delivery[]>;
  };
  readonly findings: {
    /**
     * An advisory lock on the key, so that two workers never race on one finding. No row lock: whoever holds the correlation key may move any finding under it to
     * another incident.
     */
    lock(key: string): Promise<LockedFinding | undefined>;
    get(key: string): Promise<StoredFinding | undefined>;
    /** Those of the keys that there are, in any order. */
    many(keys: readonly string[]): Promise<readonly LockedFinding[]>;
    /** Active findings of GuardDuty in the Region, newest first. */
    openInGuardDuty(region: string, limit: number): Promise<readonly StoredFinding[]>;
    /** `filed`: under which key, and the versions that the record is made from; as they were when left out. */
    put(
      finding: Finding,
      incidentId: string | null,
      filed?: { readonly correlationKey: string; readonly versions: readonly Finding[] },
    ): Promise<void>;
    /** Adds to the set of what was said about the finding; false when that had been said. */
    sighted(key: string, sighting: Sighting): Promise<boolean>;
    filedUnder(correlationKey: string): Promise<readonly FiledFinding[]>;
    setIncident(key: string, incidentId: string | null): Promise<void>;
    ofIncident(incidentId: string): Promise<readonly StoredFinding[]>;
    count(): Promise<number>;
  };
  readonly incidents: {
    /** Serialises all work on one correlation key until the transaction ends. */
    lockKey(correlationKey: string): Promise<void>;
    /** The next number of `INC-<year>-<number>`. */
    nextNumber(): Promise<number>;
    /** The one that is open under the key. */
    openOf(correlationKey: string): Promise<Incident | undefined>;
    ofKeys(correlationKeys: readonly string[]): Promise<readonly Incident[]>;
    addClosing(closing: PersonsClosing): Promise<void>;
    /** Of all incidents under the keys, earliest first. */
    closings(correlationKeys: readonly string[]): Promise<readonly PersonsClosing[]>;
    insert(incident: Incident): Promise<void>;
    /** Writes all fields, `rev` raised by one; returns the new row. */
    update(incident: Incident): Promise<Incident>;
    get(id: string): Promise<Incident | undefined>;
    lock(id: string): Promise<Incident | undefined>;
    list(filter: {
      readonly states?: readonly IncidentState[];
      readonly accountId?: string;
      readonly ownerId?: string;
      readonly limit: number;
      readonly offset?: number;
    }): Promise<readonly Incident[]>;
    counts(): Promise<Readonly<Record<IncidentState, number>>>;
  };
  readonly runs: {
    insert(run: {
      readonly id: string;
      readonly request: PlanRequest;
      readonly requestedBy: string;
      readonly viewId: string | null;
    }): Promise<Run>;
    get(id: string): Promise<Run | undefined>;
    lock(id: string): Promise<Run | undefined>;
    many(ids: readonly string[]): Promise<readonly Run[]>;
    /** `planning` -> `planned`, or undefined when it is no longer planning. */
    setPlan(id: string, plan: Plan, hash: string): Promise<Run | undefined>;
    /** Compare and swap on the state; undefined when the run was not in `from`. */
    setState(id: string, from: readonly RunState[], to: RunState, reason: string | null): Promise<Run | undefined>;
    /** approved -> executing, or a take-over of executing/verifying whose lease has run out; raises the fence. Undefined when another holds it. */
    claim(id: string, owner: string, leaseSeconds: number): Promise<Run | undefined>;
    /** Extends the lease when the fence is still ours; false when it is lost. */
    renew(id: string, fence: number, leaseSeconds: number): Promise<boolean>;
    /** executing/verifying -> `to` when the fence is still ours; undefined when it is lost. Final states clear the lease. */
    advance(id: string, fence: number, to: RunState, reason: string | null): Promise<Run | undefined>;
    setUndoneBy(id: string, runId: string | null): Promise<void>;
    setViewId(id: string, viewId: string): Promise<void>;
    ofIncident(incidentId: string): Promise<readonly Run[]>;
    /** Runs that are executing or verifying, oldest first. */
    underWay(limit: number): Promise<readonly Run[]>;
    /** Runs that are executing or verifying on the target, in whatever incident. */
    underWayOn(targetArn: string): Promise<readonly Run[]>;
    /** Where and with what action runs were started within so many seconds, by the database's clock; however they ended. */
    startedWithin(
      seconds: number,
    ): Promise<readonly { readonly accountId: string; readonly actionId: string; readonly startedAt: string }[]>;
    /** Runs that nobody has made a plan for within that time. */
    unplanned(olderThanSeconds: number, limit: number): Promise<readonly Run[]>;
    /** Planned runs for which nobody has asked approval for so long. */
    unasked(olderThanSeconds: number, limit: number): Promise<readonly Run[]>;
    /** Non-terminal runs that nobody works on: planning or approved for longer than `graceSeconds`, executing/verifying with a lease that has run out. */
    abandoned(graceSeconds: number, limit: number): Promise<readonly Run[]>;
    /** Embedded mode only, at start: no other process can hold a lease on this store. */
    releaseAllLeases(): Promise<number>;
  };
  readonly journal: {
    ofRun(runId: string): Promise<readonly JournalEntry[]>;
    /** Rows whose intent is not older than that time, oldest first. */
    since(at: string): Promise<readonly JournalEntry[]>;
    /** Inserts the intent; false when that step has a row already. */
    intent(runId: string, stepIndex: number, stepId: string, fence: number): Promise<boolean>;
    done(
      runId: string,
      stepIndex: number,
      result: Pick<JournalEntry, 'requestId' | 'outputs' | 'readBack' | 'fence'>,
    ): Promise<void>;
    failed(runId: string, stepIndex: number, error: string, fence: number): Promise<void>;
  };
  readonly approvals: {
    insert(
      approval: Pick<
        Approval,
        'id' | 'runId' | 'incidentId' | 'planHash' | 'requestedBy' | 'reason' | 'requirement' | 'asked'
      > & {
        readonly ttlSeconds: number;
      },
    ): Promise<Approval>;
    get(id: string): Promise<Approval | undefined>;
    lock(id: string): Promise<Approval | undefined>;
    ofRun(runId: string): Promise<Approval | undefined>;
    setState(
      id: string,
      from: readonly ApprovalState[],
      to: ApprovalState,
      reason: string | null,
    ): Promise<Approval | undefined>;
    /** Pending ones, soonest expiry first. */
    pending(limit: number): Promise<readonly Approval[]>;
    /** Pending and approved ones, oldest first: those that could still lead to a run. */
    unconsumed(limit: number): Promise<readonly Approval[]>;
    /** Pending or approved-but-unclaimed past their expiry by the database's clock. */
    due(limit: number): Promise<readonly Approval[]>;
    /** Pending ones, not expired, of which people should be told more than they have been, by the database's clock. */
    toRemind(limit: number): Promise<readonly Approval[]>;
    /** How far people have been told, and who. */
    setNotice(id: string, notice: ApprovalNotice, asked: readonly string[]): Promise<void>;
  };
  readonly votes: {
    /** False when the person has voted on it already. */
    insert(vote: Omit<Vote, 'at'>): Promise<boolean>;
    ofApproval(approvalId: string): Promise<readonly Vote[]>;
  };
  readonly messages: {
    /** Makes the row or raises its desired revision; an outbox row wakes the notifier. */
    touch(
      row: Pick<MessageRow, 'key' | 'kind' | 'subjectId' | 'priority'> & { readonly data?: JsonObject },
    ): Promise<void>;
    get(key: string): Promise<MessageRow | undefined>;
    /** Rows whose newest state is not delivered and whose time has come, most urgent first. */
    due(limit: number): Promise<readonly MessageRow[]>;
    delivered(
      key: string,
      result: { readonly rev: number; readonly hash: string; readonly channel: string; readonly ts: string },
    ): Promise<void>;
    deferred(key: string, error: string, delaySeconds: number): Promise<void>;
    /** Those that have waited longer than that and were tried often, each time refused for a reason that waiting does not mend. An outage is no such reason. */
    hopeless(
      seconds: { readonly messages: number; readonly writeBacks: number },
      limit: number,
    ): Promise<readonly MessageRow[]>;
    /** Not tried again until it is to show something new; false when it has been delivered meanwhile. */
    giveUp(key: string): Promise<boolean>;
    /** Oldest undelivered row's age in seconds and how many there are. */
    backlog(): Promise<{ readonly count: number; readonly oldestSeconds: number }>;
  };
  readonly outbox: {
    /** A second row with the same dedup is a no-op. */
    add(row: { readonly topic: Topic; readonly dedup: string; readonly subjectId: string }): Promise<void>;
    unsent(limit: number): Promise<readonly OutboxRow[]>;
    markSent(ids: readonly number[]): Promise<void>;
    unsentCount(): Promise<number>;
    /** Wakes whatever is open, however many rows that are, under keys that end with `token`; how many. For a queue that has lost everything. */
    wakeAll(token: string): Promise<number>;
  };
  readonly audit: {
    /** Appends to the chain; must be called in the transaction of the change it records. */
    append(entry: AuditEntry): Promise<AuditRow>;
    /** As `append`, for what may be on record later: while the chain takes no rows it is kept beside it, and the transaction goes on. */
    note(note: AuditNote): Promise<void>;
    /** Notes that were kept beside the chain, oldest first. */
    late(limit: number): Promise<readonly LateNote[]>;
    lateCount(): Promise<number>;
    /** They stand in the chain now; in the transaction that appended them. */
    forgetLate(ids: readonly number[]): Promise<void>;
    /** Rows with seq > after, in order. */
    read(after: number, limit: number): Promise<readonly AuditRow[]>;
    ofSubject(subject: string, limit: number): Promise<readonly AuditRow[]>;
    head(): Promise<{ readonly seq: number; readonly hash: string }>;
    /** Where the kept rows begin: the last row that the retention policy removed; 0 when none was. */
    anchor(): Promise<{ readonly seq: number; readonly hash: string }>;
    /** Removes the rows up to a checkpoint, which must have been archived; moves the anchor there. Returns how many went. */
    cut(at: { readonly seq: number; readonly hash: string }): Promise<number>;
  };
  readonly epoch: {
    /** Reads and, inside a transaction, share-locks the row, so that a claim and the sign of a restore are ordered. */
    get(): Promise<Epoch>;
    lock(): Promise<Epoch>;
    /** Keeps the sign of a restore; false when there is one already. */
    doubt(sign: NonNullable<Epoch['sign']>): Promise<boolean>;
    /** Begins a new epoch, which takes the sign away; these ends belong to the life that was left behind. */
    begin(number: number, abandoned: readonly ChainEnd[]): Promise<void>;
    abandoned(): Promise<readonly ChainEnd[]>;
  };
  readonly orphans: {
    /** Keeps a change in AWS that no journal explains; false when it is known. */
    add(event: TrailEvent): Promise<boolean>;
    count(): Promise<number>;
  };
  readonly checkpoints: {
    /** A no-op when there is one of that row. */
    insert(checkpoint: Checkpoint): Promise<void>;
    /** The newest of all; the newest one made more than so many days ago, when `olderThanDays` is given. */
    newest(olderThanDays?: number): Promise<Checkpoint | undefined>;
    /** Those that have not reached the place of that name yet, oldest first. */
    undelivered(place: string, limit: number): Promise<readonly Checkpoint[]>;
    delivered(seq: number, place: string): Promise<void>;
    list(): Promise<readonly Checkpoint[]>;
    get(seq: number): Promise<Checkpoint | undefined>;
  };
  readonly killSwitch: {
    /** Reads and, inside a transaction, share-locks the row, so that a stop and a claim are ordered. */
    get(): Promise<KillSwitch>;
    stop(by: string, reason: string): Promise<KillSwitch>;
    voteResume(by: string): Promise<KillSwitch>;
    clear(): Promise<KillSwitch>;
  };
  readonly replay: {
    /** True the first time a key is seen within its life. */
    remember(key: string, ttlSeconds: number): Promise<boolean>;
    purge(): Promise<number>;
  };
  readonly feeds: {
    /** Those of the names that are to be read now and that nobody reads. */
    due(names: readonly string[]): Promise<readonly string[]>;
    /** Takes the feed when it is still due and free; the first time it makes the row, with a cursor so many seconds ago. Undefined when another was faster. */
    claim(
      name: string,
      owner: string,
      options: { readonly leaseSeconds: number; readonly backfillSeconds: number },
    ): Promise<Feed | undefined>;
    /** Moves the cursor forward (null: leaves it) and renews the lease; in the transaction that stores the page. False when another has taken the feed. */
    advance(
      name: string,
      owner: string,
      step: { readonly cursor: string | null; readonly leaseSeconds: number },
    ): Promise<boolean>;
    /** Gives the feed back. `ok`: it was read to its end. */
    finish(
      name: string,
      owner: string,
      result: {
        readonly ok: boolean;
        readonly lastError: FeedError | null;
        readonly note: string | null;
        readonly dueInSeconds: number;
      },
    ): Promise<void>;
    /** When this deployment's tables were made: what is older was there before it. */
    firstConnectAt(): Promise<string>;
    list(): Promise<readonly Feed[]>;
  };
  readonly health: {
    put(note: HealthNote): Promise<void>;
    list(): Promise<readonly AccountHealth[]>;
    ofAccount(accountId: string): Promise<readonly AccountHealth[]>;
    /** Of the accounts named, up to `limit` whose time to be looked at has come, each for one caller; the next time is about `everySeconds` later. */
    claimChecks(accountIds: readonly string[], limit: number, everySeconds: number): Promise<readonly string[]>;
    /** Forgets every account but these. */
    keepOnly(accountIds: readonly string[]): Promise<void>;
  };
  readonly organization: {
    head(): Promise<OrganizationRecord>;
    /** Undefined before the first refresh. */
    get(): Promise<OrganizationList | undefined>;
    /** True for one caller when it is time to refresh. */
    claimRefresh(everySeconds: number): Promise<boolean>;
    replace(list: OrganizationList): Promise<OrganizationChange>;
    failed(problem: NonNullable<OrganizationRecord['problem']>, againInSeconds: number): Promise<void>;
  };
  readonly processes: {
    /** Says that this process is there. */
    beat(process: Omit<ProcessRow, 'startedAt'>): Promise<void>;
    leave(id: string): Promise<void>;
    /** Those that have said so within that time. */
    alive(withinSeconds: number): Promise<readonly ProcessRow[]>;
    forget(olderThanSeconds: number): Promise<void>;
  };
  readonly opsLine: {
    /** True for one caller in that time, in whatever process. */
    claimLook(everySeconds: number): Promise<boolean>;
    lock(): Promise<OpsLine>;
    saw(entries: readonly HealthEntry[]): Promise<void>;
    tell(entries: readonly HealthEntry[], quietSince: string): Promise<void>;
  };
  readonly figures: { now(): Promise<Figures> };
}

export interface Store {
  /** One transaction; rolled back when `work` throws. The audit chain's row lock orders all writers. */
  tx<T>(work: (tx: Repositories) => Promise<T>): Promise<T>;
  /** Reads outside a transaction. */
  readonly read: Repositories;
  /** Called after each commit that added an outbox row, so that the relay need not wait for its timer. */
  onOutbox(listener: () => void): void;
  close(): Promise<void>;
}

/* -------------------------------------------------------------------- aws */

/** Read session of one account and Region. `send` throws AwsCallError; services outside ServiceId are not reachable. */
export interface AwsReader {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  send(call: AwsCall): Promise<Json>;
}

/** Act session: short, fresh, for one plan. Never retried by the SDK. */
export interface AwsWriter {
  readonly accountId: string;
  readonly region: string;
  send(call: AwsCall): Promise<{ readonly requestId: string | null; readonly output: Json }>;
}

export interface ActRequest {
  readonly accountId: string;
  readonly region: string;
  readonly incidentId: string;
  readonly runId: string;
  readonly approvers: readonly string[];
  readonly statements: readonly Statement[];
}

export interface AwsSessions {
  /** Throws AwsCallError whose hint names the likely cause (trust, ExternalId, missing role, SCP) and what to deploy. */
  read(accountId: string, region: string): Promise<AwsReader>;
  /** Checks by GetCallerIdentity that the session is of the asked account before it returns. */
  act(request: ActRequest): Promise<AwsWriter>;
}

/** What AWS itself has on record of changes. */
export interface AwsTrail {
  /** The writes of an account and Region in a window of time (ISO 8601), a page at a time, the newest first. Throws CordonError when they cannot all be read. */
  writes(window: {
    readonly accountId: string;
    readonly region: string;
    readonly from: string;
    readonly to: string;
  }): AsyncIterable<readonly TrailEvent[]>;
}

/** Whether the roles of an account can be used. Changes nothing in AWS; stores nothing but what a failed attempt to enter leaves. */
export interface RoleChecks {
  /** One note a role that was looked at; none for a role that rests after a failure, unless `now`. */
  check(accountId: string, now: boolean): Promise<readonly HealthNote[]>;
}

/** AWS Organizations, read from the security account. */
export interface OrganizationReader {
  /** All accounts with state and units; of the wanted ones also the tags that are named. Throws CordonError when it cannot be read as a whole. */
  list(ask: {
    readonly tags: readonly string[];
    wanted(account: OrganizationAccount): boolean;
  }): Promise<OrganizationList>;
}

/** The only writes without an approval: status and note of findings. */
export interface FindingsWriteBack {
  /** Puts a note; `resolved` also sets the workflow status and archives. Returns what was not found in a product, as its failure. */
  write(
    finding: Finding,
    update: { readonly status: 'NOTIFIED' | 'RESOLVED'; readonly note: string },
  ): Promise<{
    readonly written: readonly string[];
    readonly failed: readonly { readonly product: string; readonly why: string }[];
  }>;
}

/* ------------------------------------------------------------ knowledge */

/** The loaded playbooks; `current` re-reads changed files, whole set or nothing, and throws CordonError when the newest set is not valid. */
export interface PlaybookSource {
  current(): Promise<PlaybookSet>;
}
export interface PlaybookSet {
  get(id: string): LoadedPlaybook | undefined;
  list(): readonly LoadedPlaybook[];
  match(finding: Finding, account: Account | undefined): MatchResult;
}
export interface LoadedPlaybook {
  readonly playbook: Playbook;
  /** SHA-256 of the expanded form. */
  readonly hash: string;
  readonly file: string;
}

/** cordon.yaml; `current` re-reads a changed file and throws CordonError when it is not valid: the caller fails closed. */
export interface SettingsSource {
  current(): Promise<Settings>;
}

export interface ActionRegistry {
  get(id: string): Action | undefined;
  list(): readonly Action[];
}

/** People and user groups as Slack knows them now; a look-up that fails throws, and the caller denies. */
export interface Directory {
  lookUp(
    personId: string,
  ): Promise<
    | { readonly ok: true; readonly id: string; readonly name: string }
    | { readonly ok: false; readonly why: 'unknown' | 'deactivated' | 'guest' | 'bot' | 'other-organisation' }
  >;
  /**
   * Who is in Slack's user groups; a disabled group is not among them. `now`: asked after this call began, for a decision. `recent`: at most a
   * minute old, to show something and to let somebody in. All groups cost one call.
   */
  usergroups(age: 'now' | 'recent'): Promise<Membership>;
  /** Names to be shown, some minutes old at most, of those who can be looked up. Never throws: who is missing is shown by id. */
  names(personIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Brings a message row to Slack in its newest state. */
export interface Notifier {
  deliver(key: string): Promise<unknown>;
}

/** So many calls in so many seconds (at least one), for each key by itself. The same limit has the same name in every process. */
export interface RateLimit {
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

export type Allowance = { readonly ok: true } | { readonly ok: false; readonly waitMilliseconds: number };

/** Counters of calls to services that limit them, shared by all processes where there is a place to share them (src/rate-buckets.ts). */
export interface RateBuckets {
  /** One call of the key, or how long to wait for it. */
  take(limit: RateLimit, key: string): Promise<Allowance>;
  /** The service said to slow down: nobody calls under this key for that long. */
  close(key: string, seconds: number): Promise<void>;
  /** Milliseconds until the key is open again; 0 when it is. */
  closedFor(key: string): Promise<number>;
}

/** A place outside the database that keeps checkpoints; Slack is one too, through its message rows. */
export interface CheckpointPlace {
  /** Stands in the rows: `file`, `bucket`. */
  readonly name: string;
  /** Putting the same one twice must be harmless. Throws when it could not be put. */
  put(checkpoint: Checkpoint): Promise<void>;
  /** Everything that was put there. Throws when it cannot be read. */
  list(): Promise<readonly Checkpoint[]>;
  /** Those of that row and later ones. Throws when it cannot be read. */
  since(seq: number): Promise<readonly Checkpoint[]>;
}

/** What this host remembers of the end of the audit chain, outside the database. */
export interface ChainMemory {
  /** Whether this process has compared the database with every place of checkpoints since its start. */
  compared: 'not-yet' | 'failed' | 'done';
  /** The furthest end that was kept; undefined before the first. Throws when it cannot be read. */
  last(): Promise<KnownEnd | undefined>;
  /** On disk when it resolves; nearer ends than the last are dropped. Throws when it cannot be kept: then nothing may follow from that row. */
  keep(end: KnownEnd): Promise<void>;
}

/** What is failing in this process, so that it is told on a change and not each time it is found. */
export interface Troubles {
  /** True when it is news: it was not failing, or for another reason. */
  found(what: string, error: unknown): boolean;
  /** True when it was failing until now. */
  over(what: string): boolean;
}

/** What keeps the audit chain beyond the database. */
export interface AuditKeeping {
  readonly signer: CheckpointSigner;
  readonly troubles: Troubles;
  /** The places that the settings name now. */
  places(settings: Settings): readonly CheckpointPlace[];
  /** Writes the rows after one number up to another to a file in the directory; resolves when it is whole and on disk. */
  archive(
    directory: string,
    range: { readonly after: number; readonly through: number },
  ): Promise<{ readonly name: string; readonly sha256: string }>;
}

/** The queue that EventBridge fills. */
export interface FindingsQueue {
  /** Up to ten messages, waiting for the first; empty when there are none or the signal came. */
  receive(
    signal: AbortSignal,
  ): Promise<
    readonly { readonly id: string; readonly body: string; readonly handle: string; readonly receiveCount: number }[]
  >;
  /** Only when the message is stored. */
  delete(handle: string): Promise<void>;
}

/** A finding as a product holds it now. */
export interface FeedItem {
  /** Its JSON as the product writes it, for the same door as messages. */
  readonly body: string;
  /** ISO 8601; null when it has no readable time. */
  readonly updatedAt: string | null;
}

/** What the products hold, read as the findings role. Both throw AwsCallError. */
export interface FindingsFeeds {
  /** One page of the findings changed at or after `since`, oldest change first; `absent` says why there is nothing to read in that Region. */
  read(
    target: FeedTarget,
    from: { readonly since: string; readonly token: string | null },
  ): Promise<{ readonly items: readonly FeedItem[]; readonly next: string | null } | { readonly absent: string }>;
  /** These findings of GuardDuty as they are now, at most 50; those that are gone are left out. */
  again(region: string, findingIds: readonly string[]): Promise<readonly FeedItem[]>;
}

/** What Cordon itself runs as; actions refuse to touch it. */
export interface SelfIdentity {
  readonly accountId: string;
  readonly roleNames: readonly string[];
  readonly instanceIds: readonly string[];
}

/** Counts what happens in this process, to be read at /metrics. */
export interface Meter {
  count(what: CounterId, labels: Readonly<Record<string, string>>): void;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Everything the stages are handed. */
export interface Deps {
  readonly store: Store;
  readonly settings: SettingsSource;
  readonly playbooks: PlaybookSource;
  /** The newest valid ones, while the files are not valid: to triage by, never to decide what may be changed. */
  readonly lastGood: { settings(): Promise<Settings>; playbooks(): Promise<PlaybookSet> };
  readonly actions: ActionRegistry;
  readonly sessions: AwsSessions;
  readonly roles: RoleChecks;
  readonly trail: AwsTrail;
  readonly organization: OrganizationReader;
  readonly writeBack: FindingsWriteBack;
  readonly notifier: Notifier;
  readonly people: Directory;
  readonly self: SelfIdentity;
  readonly auditKeeping: AuditKeeping;
  readonly chainMemory: ChainMemory;
  readonly log: Log;
  readonly meter: Meter;
  /** True when the operator's STOP file is there; a look that fails counts as stopped. */
  readonly stopRequested: () => Promise<boolean>;
  /** Name of this process for leases: host, pid and a random part. */
  readonly processId: string;
  /** Monotonic waiting, handed in so that tests do not sleep. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly timing: Timing;
}

/** Durations that tests shorten. */
export interface Timing {
  readonly leaseSeconds: number;
  /** How long a step's or a verification's reading is repeated for eventual consistency. */
  readonly settleMilliseconds: number;
  readonly pollMilliseconds: number;
}

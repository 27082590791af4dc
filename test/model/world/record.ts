import type { AwsCall, Plan } from '../../../src/domain/plan.ts';
import type { Settings } from '../../../src/domain/settings.ts';

/**
 * All that the world around the product has seen, in one place: the fakes' own logs, what people did, and the rows that were committed, as a trigger in the database wrote
 * them down. Invariants are functions of this record, so that each can be shown a record that breaks it.
 */
export interface WorldRecord {
  /** Counts the commands; what happened in one has its number. */
  tick: number;
  /** What processes worked on, from the command in which it began to the one in which it ended. */
  readonly spans: Span[];
  readonly entries: Entry[];
  readonly sends: Send[];
  readonly reads: Read[];
  readonly changes: OutsideChange[];
  readonly presses: Press[];
  /** What was in force since when: cordon.yaml, who is who in Slack, the playbooks. The last entry holds now. */
  readonly times: Standing[];
  readonly posts: Post[];
  readonly bodies: Body[];
  /** Lines that the product logged. */
  readonly logLines: string[];
  /** Everything that was ever in the queue, as text. */
  readonly jobs: string[];
  readonly faults: Fault[];
  /** Plans as they were approved, by hash, read when the request was made. */
  readonly plans: Map<string, Plan>;
  /** Texts that must not show anywhere. */
  readonly secrets: readonly string[];
  readonly checkpoints: { readonly seq: number; readonly hash: string }[];
  readonly foreign: ForeignRequest[];
}

export interface Span {
  readonly process: string;
  readonly from: number;
  to: number;
}

/** One committed change of a row, in the order of the commits. Written by triggers that the model adds to its own database. */
export interface Entry {
  readonly seq: number;
  /** Equal for what one transaction wrote. */
  readonly tx: string;
  /** The database's clock, epoch milliseconds. */
  readonly at: number;
  readonly entity:
    | 'run'
    | 'approval'
    | 'vote'
    | 'journal'
    | 'incident'
    | 'finding'
    | 'delivery'
    | 'switch'
    | 'audit'
    | 'undo';
  readonly id: string;
  /** State before; null when the row is new. */
  readonly was: string | null;
  readonly is: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** The command in which it was committed. */
  readonly tick: number;
}

/** One write as the simulated AWS received it. */
export interface Send {
  /** When it arrived. */
  readonly at: number;
  /** When the process signed it. */
  readonly signedAt: number;
  /** The newest committed entry when it was signed. */
  readonly seen: number;
  readonly process: string;
  /** Out of the session, as in SourceIdentity. */
  readonly runId: string;
  readonly approvers: readonly string[];
  readonly accountId: string;
  readonly region: string;
  readonly call: AwsCall;
  readonly target: string;
  /** Whether anything is different after it. */
  readonly changed: boolean;
  readonly refused: string | null;
  /** The target just before. */
  readonly before: {
    readonly tags: Readonly<Record<string, string>>;
    readonly tokens: string;
    readonly state: string;
  };
  /** The process was stopped between signing and sending. */
  readonly late: boolean;
  /** Position in the common order of sends, reads and outside changes. */
  readonly order: number;
}
export interface Read {
  readonly at: number;
  readonly process: string;
  readonly accountId: string;
  readonly call: AwsCall;
  readonly failed: string | null;
  readonly order: number;
}
/** Somebody else changed something in AWS. */
export interface OutsideChange {
  readonly at: number;
  readonly target: string;
  readonly what: string;
  readonly order: number;
  readonly tick: number;
}
/** A decision that a person sent, and what they were told; `unclear` when the process died before it answered. */
export interface Press {
  readonly at: number;
  readonly until: number;
  readonly person: string;
  readonly approvalId: string;
  readonly planHash: string;
  readonly decision: 'approve' | 'deny';
  readonly told: 'taken' | 'refused' | 'unclear';
  readonly text: string;
}
export interface Standing {
  readonly at: number;
  readonly tick: number;
  readonly settings: Settings;
  /** Full members of the organisation. */
  readonly members: readonly string[];
  readonly usergroups: ReadonlyMap<string, readonly string[]>;
  readonly playbookHashes: Readonly<Record<string, string>>;
  readonly stopFile: boolean;
}
export interface Post {
  readonly at: number;
  readonly key: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly private: boolean;
}
export interface Body {
  readonly messageId: string;
  readonly body: string;
  /** Deleted from the queue. */
  deleted: boolean;
}
export interface Fault {
  readonly at: number;
  readonly kind: string;
  readonly accountId: string | null;
}
export interface ForeignRequest {
  readonly at: number;
  /** Newest entries before and after, and what was told. */
  readonly before: number;
  readonly after: number;
  readonly told: string;
}

export function newRecord(secrets: readonly string[]): WorldRecord {
  return {
    tick: 0,
    spans: [],
    entries: [],
    sends: [],
    reads: [],
    changes: [],
    presses: [],
    times: [],
    posts: [],
    bodies: [],
    logLines: [],
    jobs: [],
    faults: [],
    plans: new Map(),
    secrets,
    checkpoints: [],
    foreign: [],
  };
}

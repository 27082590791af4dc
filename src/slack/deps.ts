import type {
  Deps,
  Directory,
  Log,
  Meter,
  PlaybookSource,
  RateBuckets,
  Repositories,
  SettingsSource,
} from '../ports.ts';
import type { FlowApi } from './flow-api.ts';

/** The tables that the Slack side reads. It decides nothing from them: every change goes through FlowApi. */
type SlackReads = Pick<Repositories, 'now'> & {
  readonly incidents: Pick<Repositories['incidents'], 'get' | 'list' | 'counts'>;
  readonly findings: Pick<Repositories['findings'], 'ofIncident' | 'count'>;
  readonly runs: Pick<Repositories['runs'], 'get' | 'ofIncident'>;
  readonly journal: Pick<Repositories['journal'], 'ofRun'>;
  readonly approvals: Pick<Repositories['approvals'], 'get' | 'ofRun' | 'pending'>;
  readonly votes: Pick<Repositories['votes'], 'ofApproval'>;
  readonly messages: Pick<Repositories['messages'], 'get' | 'backlog'>;
  readonly outbox: Pick<Repositories['outbox'], 'unsentCount'>;
  readonly killSwitch: Pick<Repositories['killSwitch'], 'get'>;
  readonly health: Pick<Repositories['health'], 'list'>;
  readonly checkpoints: Pick<Repositories['checkpoints'], 'get'>;
  readonly organization: Pick<Repositories['organization'], 'head'>;
};

/** What the Slack side writes: where a message stands, which interactions it has seen, and whom it has refused. */
interface SlackWrites {
  readonly messages: Pick<Repositories['messages'], 'delivered' | 'deferred'>;
  readonly replay: Pick<Repositories['replay'], 'remember'>;
  readonly audit: Pick<Repositories['audit'], 'append'>;
}

export interface SlackStore {
  tx<T>(work: (tx: SlackWrites) => Promise<T>): Promise<T>;
  readonly read: SlackReads;
}

/** Everything the Slack side is handed; `Deps` of the ports with a FlowApi is one. */
export interface SlackDeps {
  readonly store: SlackStore;
  readonly settings: SettingsSource;
  /** The last valid settings, by which anybody with a role may stop. */
  readonly lastGood: Pick<Deps['lastGood'], 'settings'>;
  readonly playbooks: PlaybookSource;
  readonly people: Directory;
  readonly log: Log;
  readonly meter: Meter;
  /** Counts what people press, in this process. */
  readonly presses: Pick<RateBuckets, 'take'>;
  readonly api: FlowApi;
  /** Waiting, handed in so that tests do not sleep. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

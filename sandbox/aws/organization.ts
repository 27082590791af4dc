import type { Clock } from './clock.ts';
import type { LogEntry } from './operation-log.ts';
import type { Queues } from './sqs/queues.ts';
import type { State } from './state/state.ts';
import type { Session } from './sts/sessions.ts';

/** The whole simulated organisation: what exists, who is signed in, what waits in queues. */
export interface Organization {
  readonly clock: Clock;
  /** The truth; a call may see a copy of it when a fault withholds the present. */
  readonly state: State;
  readonly sessions: Map<string, Session>;
  readonly queues: Queues;
  /** Every call so far, oldest first: what CloudTrail tells from. */
  readonly history: () => readonly LogEntry[];
  /** How long CloudTrail takes until it shows a call; AWS says up to 15 minutes. */
  readonly trailDelay: { milliseconds: number };
  /** `http://127.0.0.1:PORT`, from the moment the server listens. */
  readonly endpoint: () => string;
}

import type { Delivered, DeliveryRecord, EnvelopeType } from './deliveries.ts';
import type { Faults } from './faults.ts';
import type { JsonObject } from './json.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { SocketMode } from './socket-mode.ts';
import type { Triggers } from './triggers.ts';
import type { Workspace } from './workspace.ts';

/** One answered (or swallowed) call of the Web API or a response_url. */
interface CallRecord {
  readonly at: number;
  readonly method: string;
  readonly channel: string | undefined;
  readonly ok: boolean;
  readonly error: string | undefined;
}

/** The simulator's parts, handed to everything that needs more than one of them. */
export interface Sim {
  readonly workspace: Workspace;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly limits: RateLimiter;
  readonly faults: Faults;
  readonly sockets: SocketMode;
  /** Brings a payload to the app, over Socket Mode or to its request URL. */
  readonly deliver: (type: EnvelopeType, payload: JsonObject) => Promise<Delivered>;
  readonly deliveries: () => readonly DeliveryRecord[];
  /** True while the app can be reached, as far as Slack can tell. */
  readonly isConnected: () => boolean;
  /** Cuts the app off and repeats nothing more. */
  readonly close: () => void;
  readonly calls: CallRecord[];
  /** The bot token's scopes. */
  readonly scopes: Set<string>;
  /** Where this server is reached: "http://127.0.0.1:PORT". */
  readonly origin: () => string;
}

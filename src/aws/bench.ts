import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Log, Meter, Repositories, SelfIdentity, SettingsSource } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { Session, Sts } from './assume-role.ts';
import type { ServiceClients } from './client.ts';
import type { Credentials } from './credentials.ts';
import type { SessionCache } from './session-cache.ts';

export interface SessionsOptions {
  readonly settings: SettingsSource;
  readonly self: SelfIdentity;
  /** Region of STS: one that is enabled everywhere, where Cordon runs. Sessions of the global endpoint would not be known in opt-in Regions. */
  readonly hubRegion: string;
  /** The deployment's secret, from which each ExternalId is made. */
  readonly secret: Secret;
  readonly log: Log;
  /** How each account's roles answered last, shared by all processes; without it nothing is remembered. */
  readonly health?: Pick<Repositories['health'], 'ofAccount' | 'put'> | undefined;
  /** Simulators only; AWS's own endpoints when not given. */
  readonly endpoint?: string | undefined;
  /** Cordon's own credentials; the SDK's usual chain when not given. */
  readonly credentials?: Credentials | undefined;
  /** Shared with the other clients of the process; one is opened when not given. */
  readonly http?: NodeHttpHandler | undefined;
  readonly meter?: Meter | undefined;
}

/** What everything that enters member accounts works with. */
export interface Bench {
  readonly options: SessionsOptions;
  readonly sts: Sts;
  readonly http: NodeHttpHandler;
  readonly cache: SessionCache<Open>;
}

/** A read session with its clients, by Region, and the Regions that the account said are on. */
export interface Open extends Session {
  readonly clients: Map<string, ServiceClients>;
  regions?: { readonly asked: Promise<readonly string[] | undefined>; readonly at: number };
}

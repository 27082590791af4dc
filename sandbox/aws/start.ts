import { createClock } from './clock.ts';
import { listenForControl } from './control/server.ts';
import { deployOrganizationRoles, openHubSession, type TemplatePaths } from './deploy/organization-roles.ts';
import { Faults } from './faults.ts';
import { OperationLog } from './operation-log.ts';
import type { Organization } from './organization.ts';
import { RateLimits } from './rate-limits.ts';
import { seedOrganization } from './seed/seed.ts';
import { applySeedFile } from './seed/seed-file.ts';
import { listenForServices } from './service-server.ts';
import { Queues } from './sqs/queues.ts';
import { StaleReads } from './stale-reads.ts';
import { State } from './state/state.ts';

export interface AwsOptions {
  /** 0 picks a free port. */
  readonly port?: number;
  readonly controlPort?: number;
  /** The product's generated templates. */
  readonly templates: TemplatePaths;
  /** Appends every request as a line of JSON. */
  readonly logFile?: string | undefined;
  /** Changes to the seeded resources, applied at start. */
  readonly seedFile?: string | undefined;
  /** So many member accounts beyond the usual ones, with Cordon's roles and nothing else in them. */
  readonly furtherAccounts?: number | undefined;
  /** How long every answer is on its way; none unless said. */
  readonly latencyMs?: number | undefined;
  /** Where the simulator reports its own defects; standard error unless said. */
  readonly report?: (problem: string) => void;
}

/** A running simulator. */
export interface RunningAws {
  /** Endpoint of all services: `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Base address of the control API. */
  readonly control: string;
  readonly organization: Organization;
  close(): Promise<void>;
}

/** Starts the simulated organisation: seeded, with the product's roles and queues deployed. Throws when a template cannot be deployed or a port is taken. */
export async function startAws(options: AwsOptions): Promise<RunningAws> {
  let endpoint = '';
  const log = new OperationLog(options.logFile);
  const organization: Organization = {
    clock: createClock(),
    state: new State(),
    sessions: new Map(),
    queues: new Queues(),
    history: () => log.list(),
    trailDelay: { milliseconds: 0 },
    endpoint: () => endpoint,
  };
  seedOrganization(organization.state, options.furtherAccounts);
  if (options.seedFile !== undefined) applySeedFile(organization.state, options.seedFile);
  deployOrganizationRoles(organization, options.templates);
  openHubSession(organization);
  const report = options.report ?? ((problem: string) => console.error(problem));
  const rates = new RateLimits(organization.clock);
  const deps = {
    organization,
    faults: new Faults(),
    log,
    staleReads: new StaleReads(),
    rates,
    report,
    latencyMs: options.latencyMs ?? 0,
  };
  const services = await listenForServices(options.port ?? 0, deps);
  endpoint = services.url;
  const control = await listenForControl(options.controlPort ?? 0, deps);
  return {
    endpoint,
    control: control.url,
    organization,
    async close() {
      await Promise.all([control.close(), services.close()]);
      log.close();
    },
  };
}

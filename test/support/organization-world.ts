import { z } from 'zod';
import { type RunningAws, startAws } from '../../sandbox/aws/start.ts';
import { EXTERNAL_ID_SECRET, HOME_REGION, HUB_CREDENTIALS, SECURITY_ACCOUNT } from '../../sandbox/world.ts';
import { openHttp } from '../../src/aws/http.ts';
import { openOrganization } from '../../src/aws/organization.ts';
import { openSessions, type Sessions } from '../../src/aws/sessions.ts';
import { withAccounts } from '../../src/domain/merge-accounts.ts';
import { type Settings, SettingsFile } from '../../src/domain/settings.ts';
import { followOrganization } from '../../src/organization-list.ts';
import type { Deps } from '../../src/ports.ts';
import { Secret } from '../../src/secret.ts';
import { SELF } from './contract/sandbox.ts';
import { SILENT } from './contract/settings.ts';
import { flowWorld } from './flow-world.ts';
import type { TestStore } from './memory-store.ts';

/** The simulated organisation with the real sessions, the real reader of AWS Organizations and the real store: all that looks after accounts. */
export interface OrganizationWorld {
  readonly aws: RunningAws;
  readonly deps: Deps;
  readonly sessions: Sessions;
  /** What cordon.yaml says now; the accounts of the store come with it. */
  file: SettingsFile;
  settings(): Promise<Settings>;
  /** Every call that reached the simulator, by its own record, with the account it is about: of an AssumeRole, the role's. */
  calls(): Promise<readonly { readonly what: string; readonly account: string }[]>;
  fault(order: object): Promise<void>;
  close(): Promise<void>;
}

const Entry = z.object({ service: z.string(), operation: z.string(), account: z.string(), target: z.string() });
const Log = z.object({ entries: z.array(Entry) });

interface Options {
  readonly furtherAccounts?: number;
  readonly settings?: object;
}

/** Opens it. `store` is emptied by whoever gives it. */
export async function openOrganizationWorld(store: TestStore, options: Options = {}): Promise<OrganizationWorld> {
  const aws = await startAws({
    templates: { hub: 'infra/hub.json', member: 'infra/member-role.json' },
    furtherAccounts: options.furtherAccounts,
  });
  const followed = await followOrganization(store, SILENT);
  let merged: { readonly of: SettingsFile; readonly list: unknown; readonly settings: Settings } | undefined;
  const settings = async (): Promise<Settings> => {
    await followed.look();
    const [of, list] = [world.file, followed.current()];
    if (merged?.of !== of || merged.list !== list) merged = { of, list, settings: withAccounts(of, list) };
    return merged.settings;
  };
  // Patient, because the simulator lives in this very process and a busy machine holds up both.
  const http = openHttp({ requestTimeoutMs: 60_000, connectionTimeoutMs: 60_000 });
  const common = { endpoint: aws.endpoint, credentials: HUB_CREDENTIALS, http };
  const sessions = openSessions({
    settings: { current: settings },
    self: SELF,
    hubRegion: HOME_REGION,
    secret: new Secret(EXTERNAL_ID_SECRET),
    log: SILENT,
    health: store.read.health,
    ...common,
  });
  const organization = openOrganization({ region: HOME_REGION, pause: async () => undefined, ...common });
  const deps: Deps = {
    ...flowWorld(store).deps,
    settings: { current: settings },
    sessions,
    roles: sessions,
    organization,
    self: SELF,
  };
  const world: OrganizationWorld = {
    aws,
    deps,
    sessions,
    file: settingsFile(options.settings ?? {}),
    settings,
    async calls() {
      const { entries } = Log.parse(await (await fetch(`${aws.control}/log`)).json());
      return entries.map(({ service, operation, account, target }) => ({
        what: `${service}:${operation}`,
        account: operation === 'AssumeRole' ? (target.split(':')[4] ?? '') : account,
      }));
    },
    async fault(order) {
      const answer = await fetch(`${aws.control}/faults`, { method: 'POST', body: JSON.stringify(order) });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async close() {
      followed.close();
      sessions.close();
      organization.close();
      http.destroy();
      await aws.close();
    },
  };
  return world;
}

function settingsFile(over: object): SettingsFile {
  return SettingsFile.parse({
    schema: 'cordon/settings/v1',
    slack: { team: 'T0ACME' },
    aws: { homeRegion: HOME_REGION, securityAccount: SECURITY_ACCOUNT },
    accounts: [],
    organization: { discover: true, ownersTag: 'cordon-owners', environmentTag: 'environment', act: true },
    people: { responders: ['U0RINA'], approvers: ['U0ALICE'] },
    channels: { triage: 'C0TRIAGE', ops: 'C0OPS' },
    ...over,
  });
}

import type { UsersInfoResponse } from '@slack/web-api';
import type { z } from 'zod';
import { hashOf } from '../../../src/domain/json.ts';
import { withAccounts } from '../../../src/domain/merge-accounts.ts';
import { type LoadedPlaybook, Playbook } from '../../../src/domain/playbook.ts';
import { type Settings, SettingsFile } from '../../../src/domain/settings.ts';

export const TEAM = 'T0ACME';
export const USERGROUP = 'S0SECURITY';
/** One account is production, one is not, one is observe-only; the fourth is Cordon's own. */
export const ACCOUNTS = ['333333333331', '333333333332', '333333333333'] as const;
export const OWN_ACCOUNT = '222222222222';
/** Stands in cordon.yaml and must show nowhere else. */
export const EXTERNAL_ID = 'canary-external-id-9f3c';
export const SECRET = 'canary-deployment-secret-7b1e, long enough to be one';

/** Requester and approver at once; responder; three kinds of approvers; two kinds of owners; operator; member; guest; deactivated; of another team. */
export const PEOPLE = [
  'U0RINA',
  'U0SAM',
  'U0ALICE',
  'U0BO',
  'U0CAROL',
  'U0DAVE',
  'U0ERIN',
  'U0FAY',
  'U0OSCAR',
  'U0HAL',
  'U0IDA',
  'U0JO',
] as const;

type User = NonNullable<UsersInfoResponse['user']>;
const ODD: Readonly<Partial<Record<string, Partial<User>>>> = {
  U0HAL: { is_restricted: true },
  U0IDA: { deleted: true },
  U0JO: { team_id: 'T0OTHER' },
};

/** Who is who: what commands change. */
export interface Roles {
  approvers: string[];
  owners: string[];
  usergroup: string[];
  /** Dismissed by Slack since the world began. */
  gone: string[];
  protected: string[];
  requireTwoInDev: boolean;
  /** Where approvals last shorter. */
  ttlMinutes: number;
}

export function firstRoles(): Roles {
  return {
    approvers: ['U0RINA', 'U0ALICE', 'group:seniors', 'group:sec', 'U0IDA'],
    owners: ['U0DAVE', 'group:owners'],
    usergroup: ['U0CAROL', 'U0HAL', 'U0JO'],
    gone: [],
    protected: [],
    requireTwoInDev: false,
    ttlMinutes: 30,
  };
}

/** As users.info answers. */
export function slackUser(id: string, roles: Roles): User {
  const gone = roles.gone.includes(id) ? { deleted: true } : {};
  return { id, team_id: TEAM, real_name: `<!here> ${id.toLowerCase()}`, ...ODD[id], ...gone };
}

/** Full members of this organisation. */
export function membersOf(roles: Roles): readonly string[] {
  return PEOPLE.filter((id) => ODD[id] === undefined && !roles.gone.includes(id));
}

export function settingsOf(roles: Roles): Settings {
  const input: z.input<typeof SettingsFile> = {
    schema: 'cordon/settings/v1',
    slack: { team: TEAM },
    aws: { homeRegion: 'eu-west-1', securityAccount: OWN_ACCOUNT },
    accounts: [
      {
        id: ACCOUNTS[0],
        alias: 'prod-payments',
        environment: 'prod',
        owners: roles.owners,
        externalId: EXTERNAL_ID,
      },
      { id: ACCOUNTS[1], alias: 'dev-web', environment: 'dev', owners: roles.owners },
      { id: ACCOUNTS[2], alias: 'audit-only', owners: roles.owners, act: false },
      { id: OWN_ACCOUNT, alias: 'security', owners: roles.owners },
    ],
    groups: { seniors: ['U0BO'], owners: ['U0ERIN'], sec: { usergroup: USERGROUP, acceptEditableInSlack: true } },
    people: {
      responders: ['U0RINA', 'U0SAM'],
      approvers: roles.approvers,
      operators: ['U0RINA', 'U0FAY'],
    },
    policies: roles.requireTwoInDev ? [{ name: 'two in dev', match: { environment: 'dev' }, approvers: 2 }] : [],
    channels: { triage: 'C0TRIAGE', ops: 'C0OPS' },
    limits: {
      approvalTtlMinutes: roles.ttlMinutes,
      runsPerAccountPerHour: 2,
      runsPerHour: 3,
      shareOfAccountsPerHour: { percent: 100, atLeast: 4 },
    },
    protected: roles.protected,
    audit: { checkpoints: { everyMinutes: 5, everyRows: 40, channel: 'C0OPS' } },
    polling: { securityHub: false, guardDutyRegions: [] },
    health: { quietHours: 0 },
  };
  return withAccounts(SettingsFile.parse(input), undefined);
}

const STEP = (id: string, use: string) => ({
  id,
  title: `${id} it`,
  action: { use, params: { instanceId: { ref: 'entity.instance.id' } } },
});

/** A playbook for threats and one for failed checks, in their nth edition. */
export function playbooksOf(edition: number): Readonly<Record<'threat' | 'posture', LoadedPlaybook>> {
  return {
    threat: loaded({
      id: 'compute.command-and-control',
      match: [{ source: 'guardduty', types: ['Backdoor:EC2/*'] }],
      version: `1.0.${edition}`,
      summary: `Contain it, edition ${edition}.`,
      phases: {
        contain: [
          STEP('mark', 'ec2.mark-instance'),
          STEP('tokens', 'ec2.require-imdsv2'),
          STEP('stop', 'ec2.stop-instance'),
          STEP('evidence', 'ec2.snapshot-volumes'),
        ],
      },
    }),
    posture: loaded({
      id: 'posture.instance',
      match: [{ source: 'securityhub', controls: ['EC2.8'] }],
      version: `1.0.${edition}`,
      summary: 'Mend it.',
      phases: { contain: [STEP('tokens', 'ec2.require-imdsv2')] },
    }),
  };
}

function loaded(change: Record<string, unknown>): LoadedPlaybook {
  const playbook = Playbook.parse({
    schema: 'cordon/v1',
    status: 'stable',
    title: 'Instance is not as it should be',
    owner: 'security-operations',
    reviewed: '2026-11-01',
    responsibility: 'customer',
    entities: { require: ['instance'] },
    ...change,
  });
  return { playbook, hash: hashOf(playbook), file: `playbooks/${playbook.id}.yaml` };
}

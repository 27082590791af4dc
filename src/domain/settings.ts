import { z } from 'zod';
import type { Account, LeftOut } from './account.ts';
import { groupReference } from './people.ts';
import { RISKS } from './plan.ts';

/**
 * cordon.yaml: who may do what. The path comes from CORDON_CONFIG. Strict: an unknown key is an error, an empty list means nobody.
 * A policy here may only tighten the product's floor (src/domain/approval.ts); a playbook may only tighten this file.
 */
/** The id of a person in Slack; people stand nowhere under a name. */
export const PersonId = z
  .string()
  .regex(/^[UW][A-Z0-9]{2,20}$/, 'a Slack member id such as U024BE7LH (Slack: profile, ⋮, Copy member ID)');
const GroupName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u, 'a name of letters, digits, spaces, dots, dashes and underscores');
/** Where people are named: a member id, or a group of this file (`group: platform` in a list, or `group:platform`). */
const PersonOrGroup = z.union([
  PersonId,
  z
    .string()
    .startsWith('group:')
    .transform((text) => groupReference(text.slice('group:'.length).trim())),
  z.strictObject({ group: GroupName }).transform(({ group }) => groupReference(group)),
]);
const UsergroupId = z
  .string()
  .regex(/^S[A-Z0-9]{2,20}$/, 'a Slack user group id such as S0604QSJC (Slack: People, User groups, ⋮, Copy group ID)');
/** A group of member ids, or a user group of Slack's. */
const Group = z.union([
  z.array(PersonId),
  z.strictObject({
    usergroup: UsergroupId,
    /** Says that it is known: whoever may edit the user group in Slack decides who is in it. Without it the file is not valid. */
    acceptEditableInSlack: z.boolean().default(false),
  }),
]);
const AccountId = z.string().regex(/^\d{12}$/, 'a 12-digit account id, in quotes');
const ChannelId = z
  .string()
  .regex(/^[CG][A-Z0-9]{2,20}$/, 'a Slack channel id such as C024BE7LR (channel details, at the bottom)');
const Region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS Region such as eu-west-1');

const UnitId = z
  .string()
  .regex(
    /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/,
    'the id of an organizational unit such as ou-ab12-1a2b3c4d, or of the root',
  );
/** Accounts by id, and all that lie in the units named, however deep. */
const AccountSet = z.strictObject({
  accounts: z.array(AccountId).default([]),
  units: z.array(UnitId).default([]),
});

const Organization = z.strictObject({
  /** Reads the list of accounts from AWS Organizations; entries of `accounts` win. */
  discover: z.boolean().default(false),
  refreshMinutes: z.number().int().min(5).max(1_440).default(60),
  /** Tag of an account (never of a resource) with the Slack member ids of its owners, and with its environment. */
  ownersTag: z.string().min(1).max(128).optional(),
  environmentTag: z.string().min(1).max(128).optional(),
  /** Regions of discovered accounts. */
  regions: z.array(Region).min(1).optional(),
  /** Whether plans may run in discovered accounts: in all, in none, or in those named. */
  act: z.union([z.boolean(), AccountSet]).default(false),
  /** When anything stands here, no other account is entered. Holds for entries of `accounts` too. */
  include: AccountSet.prefault({}),
  /** Never entered, whatever includes them. Holds for entries of `accounts` too. */
  exclude: AccountSet.prefault({}),
});

const AccountChecks = z.strictObject({
  /** How often each account's roles are looked at; a fifth sooner or later by chance. */
  everyMinutes: z.number().int().min(5).max(1_440).default(15),
  /** How many accounts are looked at at a time, in each process that sweeps. */
  atOnce: z.number().int().min(1).max(32).default(8),
});

const AccountEntry = z.strictObject({
  id: AccountId,
  alias: z.string().min(1).max(60),
  environment: z.string().min(1).max(30).optional(),
  owners: z.array(PersonOrGroup).default([]),
  regions: z.array(Region).min(1).optional(),
  act: z.boolean().default(true),
  externalId: z.string().min(2).max(1224).optional(),
  management: z.boolean().default(false),
});

const Policy = z.strictObject({
  name: z.string().min(1).max(80),
  match: z
    .strictObject({
      environment: z.string().optional(),
      accounts: z.array(AccountId).optional(),
      risks: z.array(z.enum(RISKS)).optional(),
      actions: z.array(z.string()).optional(),
    })
    .default({}),
  /** Distinct approvers; never fewer than the floor. */
  approvers: z.number().int().min(1).max(5).optional(),
  owner: z.boolean().optional(),
  /** The owner's vote and the approver's vote must be of different people. */
  distinctOwner: z.boolean().optional(),
  /** Group whose members may fill the approver votes, instead of all approvers. */
  from: z.string().optional(),
  ttlMinutes: z.number().int().min(5).max(240).optional(),
  /** Refuses every plan that this policy matches. */
  forbid: z.boolean().optional(),
});

export const SettingsFile = z.strictObject({
  schema: z.literal('cordon/settings/v1'),
  slack: z.strictObject({
    /** The one Slack organisation of this deployment: requests of another team are refused. */
    team: z.string().regex(/^T[A-Z0-9]{2,20}$/, 'a Slack team id such as T024BE7LD'),
    app: z
      .string()
      .regex(/^A[A-Z0-9]{2,20}$/, "the Slack app id, on the app's Basic Information page")
      .optional(),
    command: z
      .string()
      .regex(/^\/[a-z][a-z0-9-]{0,30}$/)
      .default('/cordon'),
  }),
  aws: z.strictObject({
    /** The Region of the findings queue and of Security Hub's aggregation. */
    homeRegion: Region,
    partition: z.enum(['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc']).default('aws'),
    /** The account Cordon runs in: the delegated administrator of Security Hub and GuardDuty. */
    securityAccount: AccountId,
    readRole: z.string().min(1).max(64).default('cordon-read'),
    actRole: z.string().min(1).max(64).default('cordon-remediate'),
    findingsRole: z.string().min(1).max(64).default('cordon-findings'),
    auditRole: z.string().min(1).max(64).default('cordon-audit'),
    /** May do nothing; shows that the member stack is there. */
    presenceRole: z.string().min(1).max(64).default('cordon-presence'),
  }),
  /** May be empty when the organization is read. */
  accounts: z.array(AccountEntry),
  organization: Organization.prefault({}),
  accountChecks: AccountChecks.prefault({}),
  people: z.strictObject({
    responders: z.array(PersonOrGroup).default([]),
    approvers: z.array(PersonOrGroup).default([]),
    operators: z.array(PersonOrGroup).default([]),
  }),
  groups: z.record(GroupName, Group).default({}),
  policies: z.array(Policy).default([]),
  routes: z
    .array(
      z.strictObject({
        environment: z.string().optional(),
        accounts: z.array(AccountId).optional(),
        channel: ChannelId,
      }),
    )
    .default([]),
  channels: z.strictObject({ triage: ChannelId, ops: ChannelId }),
  limits: z
    .strictObject({
      approvalTtlMinutes: z.number().int().min(5).max(240).default(30),
      /** Runs that may start in one account within any hour. */
      runsPerAccountPerHour: z.number().int().min(1).max(1000).default(5),
      /** Runs that may start in all accounts within any hour. */
      runsPerHour: z.number().int().min(1).max(5000).default(20),
      /** One action may run within any hour in so many percent of the accounts, and in `atLeast` accounts in any case. */
      shareOfAccountsPerHour: z
        .strictObject({
          percent: z.number().min(1).max(100).default(5),
          atLeast: z.number().int().min(1).max(50).default(3),
        })
        .prefault({}),
    })
    .prefault({}),
  /** How the products are asked for findings, beside the queue. */
  polling: z
    .strictObject({
      everyMinutes: z.number().min(0.05).max(1440).default(5),
      /** A reading begins so long before the newest change that is stored, because findings show up late. */
      overlapMinutes: z.number().min(1).max(1440).default(15),
      /** False where Security Hub is not used. */
      securityHub: z.boolean().default(true),
      /** Default: the home Region and those of the accounts. Empty where GuardDuty is not used. */
      guardDutyRegions: z.array(Region).optional(),
    })
    .prefault({}),
  /** When the operations channel is told that something about Cordon itself is wrong. */
  health: z
    .strictObject({
      /** No finding for so long is told; 0 switches that off. */
      quietHours: z.number().int().min(0).max(720).default(24),
    })
    .prefault({}),
  /** Never changed, whatever is approved: ARNs, in which `*` stands for anything. Tags protect as well. */
  protected: z
    .array(
      z
        .string()
        .regex(
          /^arn:[a-z*-]+:[a-z0-9*-]+:[a-z0-9*-]*:(\d{12}|\*)?:.+$/,
          'an ARN such as arn:aws:iam::111111111111:role/break-glass-*',
        ),
    )
    .default([]),
  audit: z
    .strictObject({
      /** Signed statements about the end of the audit chain, kept outside the database. Each place is optional. */
      checkpoints: z
        .strictObject({
          everyMinutes: z.number().int().min(1).max(1440).default(5),
          everyRows: z.number().int().min(1).max(100_000).default(100),
          /** Path of a file on the host to which each is appended. */
          file: z.string().min(1).optional(),
          /** A bucket with Object Lock, in the security account or another that lets Cordon's role `cordon-audit` put objects there. */
          bucket: z
            .strictObject({
              name: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket'),
              prefix: z.string().max(200).default('cordon/checkpoints/'),
              region: Region.optional(),
              retainDays: z.number().int().min(1).max(36_500).default(400),
            })
            .optional(),
          channel: ChannelId.optional(),
        })
        .prefault({}),
      /** Rows older than this are archived to `archive` and removed up to a checkpoint; kept for ever when not given. */
      retainDays: z.number().int().min(30).max(36_500).optional(),
      /** Directory on the host for the rows that are removed. */
      archive: z.string().min(1).optional(),
    })
    .prefault({}),
  allow: z
    .strictObject({
      /** Playbook ids on which re-activating an access key may be asked for (two people). Default: none. */
      reactivateAccessKey: z.array(z.string()).default([]),
    })
    .default({ reactivateAccessKey: [] }),
});

export type SettingsFile = z.infer<typeof SettingsFile>;
export type ApprovalPolicy = z.infer<typeof Policy>;

/** The file with the accounts in their domain shape. */
export interface Settings extends Omit<SettingsFile, 'accounts'> {
  /** Those that may be entered: of the file and, where it is read, of the organization. */
  readonly accounts: readonly Account[];
  /** Those that are known and not entered, with why. */
  readonly leftOut: readonly LeftOut[];
  /** SHA-256 of the parsed file and of the accounts. */
  readonly hash: string;
}

/** An account by its id, also one that is left out: for its name and its owners' sake, never to decide whether it may be entered. */
export function knownAccount(settings: Settings, id: string): Account | undefined {
  const isIt = (account: Account): boolean => account.id === id;
  return settings.accounts.find(isIt) ?? settings.leftOut.map(({ account }) => account).find(isIt);
}

/**
 * The simulated organisation that `npm start` shows when nothing is configured: who exists, in which account and Region, and in which channel.
 * Plain data, shared by both simulators and the launcher; every identifier is made up.
 */

export type SandboxAccountKind = 'management' | 'security-tooling' | 'member';

export interface SandboxAccount {
  readonly id: string;
  readonly alias: string;
  readonly kind: SandboxAccountKind;
  readonly environment: 'prod' | 'staging' | 'dev' | 'core';
  /** Id of the organizational unit it lies in, or of the root. */
  readonly parent: string;
  /** Tags of the account in AWS Organizations; resources have tags of their own. */
  readonly tags: Readonly<Record<string, string>>;
}

export const ORGANIZATION_ID = 'o-acmesbx001';
export const MANAGEMENT_ACCOUNT = '111111111111';
export const ROOT_ID = 'r-acme';
/** The organizational units; a parent stands before its children. */
export const ORGANIZATIONAL_UNITS = [
  { id: 'ou-acme-security1', name: 'Security', parent: ROOT_ID },
  { id: 'ou-acme-workloads', name: 'Workloads', parent: ROOT_ID },
  { id: 'ou-acme-product10', name: 'Production', parent: 'ou-acme-workloads' },
  { id: 'ou-acme-staging10', name: 'Staging', parent: 'ou-acme-workloads' },
  { id: 'ou-acme-playgrnd1', name: 'Playground', parent: ROOT_ID },
] as const;
export const HOME_REGION = 'eu-west-1';
export const REGIONS = ['eu-west-1', 'us-east-1'] as const;
/** Some of the Regions that an account must switch on before anything in it answers there. */
export const OPT_IN_REGIONS = ['af-south-1', 'ap-east-1', 'eu-south-1', 'me-south-1'] as const;

export const ACCOUNTS: readonly SandboxAccount[] = [
  {
    id: '111111111111',
    alias: 'acme-management',
    kind: 'management',
    environment: 'core',
    parent: ROOT_ID,
    tags: { environment: 'core', 'cordon-owners': 'U0ALICE0001' },
  },
  {
    id: '222222222222',
    alias: 'security-tooling',
    kind: 'security-tooling',
    environment: 'core',
    parent: 'ou-acme-security1',
    tags: { environment: 'core', 'cordon-owners': 'U0ALICE0001' },
  },
  {
    id: '333333333331',
    alias: 'prod-payments',
    kind: 'member',
    environment: 'prod',
    parent: 'ou-acme-product10',
    tags: { environment: 'prod', 'cordon-owners': 'U0ALICE0001' },
  },
  {
    id: '333333333332',
    alias: 'prod-web',
    kind: 'member',
    environment: 'prod',
    parent: 'ou-acme-product10',
    tags: { environment: 'prod', 'cordon-owners': 'U0ALICE0001' },
  },
  {
    id: '333333333333',
    alias: 'prod-data',
    kind: 'member',
    environment: 'prod',
    parent: 'ou-acme-product10',
    tags: { environment: 'prod', 'cordon-owners': 'U0ALICE0001' },
  },
  {
    id: '444444444441',
    alias: 'staging-payments',
    kind: 'member',
    environment: 'staging',
    parent: 'ou-acme-staging10',
    tags: { environment: 'staging', 'cordon-owners': 'U0BO0000001' },
  },
  {
    id: '444444444442',
    alias: 'staging-web',
    kind: 'member',
    environment: 'staging',
    parent: 'ou-acme-staging10',
    tags: { environment: 'staging', 'cordon-owners': 'U0BO0000001' },
  },
  {
    id: '555555555551',
    alias: 'dev-playground',
    kind: 'member',
    environment: 'dev',
    parent: 'ou-acme-playgrnd1',
    tags: { environment: 'dev', 'cordon-owners': 'U0BO0000001' },
  },
];

export const SECURITY_ACCOUNT = '222222222222';

/** Bucket of the security account, with Object Lock, that keeps checkpoints of the audit chain. */
export const AUDIT_BUCKET = 'acme-security-audit';

/** The role the product runs as in the sandbox; its credentials are fixed so that a restarted product can go on. */
export const HUB_ROLE_NAME = 'cordon-hub';
export const HUB_CREDENTIALS = {
  accessKeyId: 'ASIASANDBOXHUB000001',
  secretAccessKey: 'sandbox-hub-secret-not-a-real-secret-0001',
  sessionToken: 'sandbox-hub-session-token',
} as const;

/** EventBridge rules of the organisation deliver here; what is received five times without being deleted moves on to `<name>-dead-letters`. */
export const QUEUE_NAME = 'cordon-findings';

/** The secret from which each account's ExternalId is made: lower-case hex HMAC-SHA256(secret, account id). Known to the simulator because it plays the deployer. */
export const EXTERNAL_ID_SECRET = 'sandbox-external-id-secret-not-a-real-secret';

export interface SandboxPerson {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly role: 'responder' | 'approver' | 'outsider';
}

export const SLACK_TEAM = { id: 'T0ACMESBX', name: 'Acme (sandbox)', domain: 'acme-sandbox' } as const;
export const SLACK_APP_ID = 'A0CORDON001';
export const SLACK_BOT = { userId: 'U0CORDONBOT', botId: 'B0CORDONBOT', name: 'cordon' } as const;
export const SLACK_TOKENS = {
  bot: 'xoxb-sandbox-bot',
  app: 'xapp-sandbox-app',
  signingSecret: 'sandbox-signing-secret',
} as const;

export const PEOPLE: readonly SandboxPerson[] = [
  { id: 'U0RINA00001', handle: 'rina', name: 'Rina Okafor', role: 'responder' },
  { id: 'U0SAM000001', handle: 'sam', name: 'Sam Lindqvist', role: 'responder' },
  { id: 'U0ALICE0001', handle: 'alice', name: 'Alice Meyer', role: 'approver' },
  { id: 'U0BO0000001', handle: 'bo', name: 'Bo Tanaka', role: 'approver' },
  { id: 'U0OSCAR0001', handle: 'oscar', name: 'Oscar Vale', role: 'outsider' },
];

export const CHANNELS = [
  { id: 'C0TRIAGE001', name: 'sec-triage', private: true },
  { id: 'C0SECOPS001', name: 'sec-ops', private: true },
  { id: 'C0GENERAL01', name: 'general', private: false },
] as const;

/** The slash commands the app has registered in the sandbox's workspace. */
export const SLACK_COMMANDS: readonly string[] = ['/cordon'];

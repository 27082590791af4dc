import { ec2Id, iamId } from '../state/ids.ts';

/** Ids of seeded resources follow from their account and name, so that scenarios and tests can speak of the same thing. */

export function instanceId(account: string, name: string): string {
  return ec2Id('i', `${account}/${name}`);
}

export function interfaceId(account: string, name: string, index: number): string {
  return ec2Id('eni', `${account}/${name}/${index}`);
}

export function volumeId(account: string, name: string, index: number): string {
  return ec2Id('vol', `${account}/${name}/${index}`);
}

export function groupId(account: string, vpcName: string, groupName: string): string {
  return ec2Id('sg', `${account}/${vpcName}/${groupName}`);
}

export function vpcId(account: string, name: string): string {
  return ec2Id('vpc', `${account}/${name}`);
}

export function subnetId(account: string, name: string): string {
  return ec2Id('subnet', `${account}/${name}`);
}

export function accessKeyId(account: string, userName: string, index = 0): string {
  return iamId('AKIA', 16, `${account}/${userName}/${index}`);
}

/** The instance with two interfaces, two groups and two volumes on which the command-and-control finding is. */
export const DATA_INSTANCE = { account: '333333333333', name: 'etl-runner' } as const;
/** Further instances, each in a VPC of its own, so that many can be isolated at once. */
export const FLEET: ReadonlyArray<{ account: string; name: string }> = [
  ...Array.from({ length: 12 }, (_, index) => ({
    account: '333333333333',
    name: `worker-${String(index + 1).padStart(2, '0')}`,
  })),
  ...Array.from({ length: 4 }, (_, index) => ({
    account: '333333333332',
    name: `web-${String(index + 1).padStart(2, '0')}`,
  })),
];
/** The instance that answers on a port it should not. */
export const PROBED_INSTANCE = { account: '444444444441', name: 'payments-bastion' } as const;
/** An instance whose tags try to be markup. */
export const HOSTILE_INSTANCE = { account: '444444444441', name: 'hostile-tags' } as const;
/** An instance in an account where Cordon may only look. */
export const PLAYGROUND_INSTANCE = { account: '555555555551', name: 'playground' } as const;
/** The group that lets everyone reach high-risk ports. */
export const OPEN_GROUP = { account: '444444444442', vpc: 'staging', name: 'legacy-admin' } as const;

/** A snapshot that everybody, and one account outside the organisation, can make volumes of. */
export const PUBLIC_SNAPSHOT = { account: '333333333333', name: 'etl-export' } as const;

export function snapshotId(account: string, name: string): string {
  return ec2Id('snap', `${account}/${name}`);
}

/** A database with a public address, in a group that lets everybody reach its port. */
export const PUBLIC_DATABASE = { account: '333333333333', id: 'reporting' } as const;
/** An instance of an Aurora cluster, with a public address too. */
export const CLUSTER_DATABASE = { account: '333333333331', id: 'orders-1', cluster: 'orders' } as const;
/** A snapshot of a database that everybody, an account outside the organisation and the one that keeps the backups can restore. */
export const PUBLIC_DB_SNAPSHOT = { account: '333333333333', id: 'reporting-before-migration' } as const;
/** An encrypted snapshot of the Aurora cluster, shared with an account outside the organisation. */
export const SHARED_CLUSTER_SNAPSHOT = { account: '333333333331', id: 'orders-handover' } as const;
/** A snapshot that RDS takes itself, which nobody can share. */
export const AUTOMATED_DB_SNAPSHOT = { account: '333333333333', id: 'rds:reporting-2026-11-20-03-07' } as const;

/** The role of the instance on which the command-and-control finding is. */
export const INSTANCE_ROLE = { account: '333333333333', roleName: 'etl-runner-role' } as const;

/** The user whose key a malicious caller used. */
export const LEAKED_KEY_USER = { account: '333333333331', userName: 'ci-deploy' } as const;
/** Users with an active key each, for tests that need many. */
export const SERVICE_USERS: readonly string[] = Array.from(
  { length: 8 },
  (_, index) => `svc-batch-${String(index + 1).padStart(2, '0')}`,
);

/** A trail of one account, which the scenario stops and which is stopped from the start. */
export const STOPPED_TRAIL = { account: '333333333331', name: 'payments-audit' } as const;
/** The trail of the organisation: seen in every account, changed in the management account alone. */
export const ORGANIZATION_TRAIL = { account: '111111111111', name: 'acme-organization' } as const;

/** The function that mines, and one beside it. */
export const MINING_FUNCTION = { account: '333333333332', name: 'image-resizer', role: 'image-resizer-role' } as const;
export const QUIET_FUNCTION = { account: '333333333332', name: 'image-tagger' } as const;

/** The bucket that is open to the world. */
export const OPEN_BUCKET = { account: '333333333332', name: 'acme-prod-web-assets' } as const;
/** Further open buckets, for tests that need many. */
export const OPEN_BUCKETS: readonly string[] = Array.from(
  { length: 6 },
  (_, index) => `acme-prod-web-site-${String(index + 1).padStart(2, '0')}`,
);

import type { Settings } from '../domain/settings.ts';

/** A role of Cordon in an account, in the partition of this deployment. */
export function roleArn(settings: Settings, accountId: string, role: string): string {
  return `arn:${settings.aws.partition}:iam::${accountId}:role/${role}`;
}

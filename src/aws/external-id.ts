import { createHmac } from 'node:crypto';
import type { Account } from '../domain/account.ts';
import type { Secret } from '../secret.ts';

/**
 * The ExternalId that the roles of one account ask for: lower-case hex HMAC-SHA256 of the account id under the deployment's secret, unless cordon.yaml gives one.
 * So each account has its own, none is stored, and knowing one says nothing of the others.
 */
export function externalIdOf(account: Pick<Account, 'id' | 'externalId'>, secret: Secret): string {
  return account.externalId ?? createHmac('sha256', secret.reveal()).update(account.id).digest('hex');
}

import { userSecret } from './sts/sessions.ts';

/** A user with AdministratorAccess in every account: for people who try the simulator with other tools, and for tests. The product never has these keys. */
export const ADMIN_USER = 'sandbox-admin';

/** The long-lived credentials of that user. */
export function adminCredentials(account: string): { accessKeyId: string; secretAccessKey: string } {
  const accessKeyId = adminKeyId(account);
  return { accessKeyId, secretAccessKey: userSecret(accessKeyId) };
}

/** `AKIAADMN` and the account id: twenty characters, as AWS has them. */
export function adminKeyId(account: string): string {
  return `AKIAADMN${account}`;
}

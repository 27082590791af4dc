import { createHash, randomBytes } from 'node:crypto';
import { iamArn } from '../arn.ts';
import type { Principal } from '../iam/principal.ts';
import type { Organization } from '../organization.ts';
import type { Credential } from '../sigv4/authenticate.ts';
import { iamId } from '../state/ids.ts';

/** A session that AssumeRole handed out, or the fixed one of the hub role. */
export interface Session extends Credential {
  readonly sessionToken: string;
}

/** Makes a session for a principal; `expiresAt` in milliseconds by the organisation's clock. */
export function createSession(principal: Principal, expiresAt: number): Session {
  return {
    accessKeyId: iamId('ASIA', 16),
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: `sandbox-session-${randomBytes(96).toString('base64url')}`,
    expiresAt,
    principal,
  };
}

/** The secret of a user's key, made from its id, so that tests can play the user (or the thief) of any seeded key. */
export function userSecret(accessKeyId: string): string {
  return createHash('sha256').update(`sandbox-user-secret/${accessKeyId}`).digest('base64').slice(0, 40);
}

/** Finds a credential by its access key id: a session, or the active key of a user. */
export function findCredential(organization: Organization, accessKeyId: string): Credential | undefined {
  const session = organization.sessions.get(accessKeyId);
  if (session) return session;
  for (const { account, row } of organization.state.everywhere('access-keys')) {
    if (row.AccessKeyId === accessKeyId && row.Status === 'Active')
      return userCredential(organization, account, accessKeyId, row.UserName);
  }
  return undefined;
}

function userCredential(
  organization: Organization,
  account: string,
  accessKeyId: string,
  userName: string,
): Credential | undefined {
  const user = organization.state.table('users', account).get(userName);
  if (!user) return undefined;
  const arn = iamArn(account, 'user', user.Path, userName);
  const principal: Principal = {
    kind: 'user',
    account,
    name: userName,
    arn,
    principalArn: arn,
    userId: user.UserId,
    tags: {},
    transitiveTags: [],
  };
  return { accessKeyId, secretAccessKey: userSecret(accessKeyId), principal };
}

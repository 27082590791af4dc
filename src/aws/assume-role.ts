import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { AwsCallError } from '../domain/errors.ts';
import type { Meter } from '../ports.ts';
import { clientConfig } from './client.ts';
import { counted } from './counted.ts';
import type { Credentials } from './credentials.ts';

export interface Session {
  readonly credentials: Credentials;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Percent of what AWS lets the session policy and tags take, when there are any. */
  readonly packedPolicySize: number | undefined;
}

/** The security token service, in one Region that is always enabled: sessions of the global endpoint fail in opt-in Regions. */
export interface Sts {
  assume(input: AssumeRoleCommandInput): Promise<Session>;
  /** Account of the given credentials. */
  accountOf(credentials: Credentials): Promise<string | undefined>;
}

export interface StsOptions {
  readonly region: string;
  readonly http: NodeHttpHandler;
  readonly endpoint?: string | undefined;
  /** Cordon's own; the SDK's usual chain (task, pod or instance role, environment) when not given. */
  readonly credentials?: Credentials | undefined;
  readonly meter?: Meter | undefined;
}

export function openSts(options: StsOptions): Sts {
  const client = new STSClient(clientConfig({ ...options, kind: 'reads' }));
  return {
    assume: (input) => counted(options.meter, { service: 'sts', operation: 'AssumeRole' }, () => assume(client, input)),
    accountOf: async (credentials) => {
      const own = new STSClient(clientConfig({ ...options, credentials, kind: 'reads' }));
      const call = { service: 'sts', operation: 'GetCallerIdentity' };
      return (await counted(options.meter, call, () => own.send(new GetCallerIdentityCommand({})))).Account;
    },
  };
}

async function assume(client: STSClient, input: AssumeRoleCommandInput): Promise<Session> {
  const { Credentials: made, PackedPolicySize } = await client.send(new AssumeRoleCommand(input));
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = made ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw noCredentials();
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return { credentials, expiresAt: Expiration.getTime(), packedPolicySize: PackedPolicySize };
}

function noCredentials(): AwsCallError {
  return new AwsCallError('NoCredentials', 'sts:AssumeRole answered without credentials', {
    hint: 'It is tried again.',
    retry: true,
  });
}
